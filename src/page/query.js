// SPDX-License-Identifier: MIT

// What the filter asks for: words that an event must all have, "several words",
// /regular expressions/, and each of them after a - if it must not have them.

const TERM = /(-?)(?:\/((?:[^\\/]|\\.)+)\/i?(?=\s|$)|"([^"]*)"?|(\S+))/g;
const LITERAL_MAX = 1000; // characters of what is no expression
const MARKS_MAX = 2000;

function patternOf(source) {
	try {
		const pattern = new RegExp(source, "gi");

		"".search(pattern); // which fails if it is too large
		return pattern;
	} catch {
		return patternOf(literal(source.slice(0, LITERAL_MAX)));
	}
}

const literal = (text) => text.replace(/[^\w\s]/g, "\\$&");

// Returns its terms.
export const queryOf = (text) =>
    Array.from(text.matchAll(TERM),
    ([, minus, expression, phrase, word]) => ({
	isUnwanted: minus !== "",
	pattern: patternOf(expression ?? literal(phrase ?? word)),
}));

export const isFound = (query, text) =>
    query.every(({ isUnwanted, pattern }) =>
    text.search(pattern) >= 0 !== isUnwanted);

// Marks what is found in elements, and nothing else, without a change to them.
export function markFound(query, elements) {
	const ranges = [];

	if (!CSS.highlights)
		return; // an older browser shows the rows alone
	for (const element of elements) {
		const texts = document.createTreeWalker(element, 4);

		while (texts.nextNode())
			markIn(query, texts.currentNode, ranges);
	}
	CSS.highlights.set("found", new Highlight(...ranges));
}

function markIn(query, node, ranges) {
	for (const { isUnwanted, pattern } of query) {
		for (const { 0: { length }, index } of isUnwanted ? [] :
		    node.data.matchAll(pattern)) {
			if (ranges.length >= MARKS_MAX)
				return;
			ranges.push(new StaticRange({
				startContainer: node, startOffset: index,
				endContainer: node, endOffset: index + length,
			}));
		}
	}
}
