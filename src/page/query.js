// SPDX-License-Identifier: MIT

// What the filter asks for: words that an event must all have, "several words",
// /regular expressions/, and each of them after a - if it must not have them.

const TERM = /(-?)(?:\/((?:[^\\/]|\\.)+)\/i?(?=\s|$)|"([^"]*)"?|(\S+))/g;
const MARKS_MAX = 2000;

function patternOf(source) {
	try {
		return new RegExp(source, "gi");
	} catch {
		return patternOf(literal(source));
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

		while (texts.nextNode() && ranges.length < MARKS_MAX)
			ranges.push(...rangesIn(query, texts.currentNode));
	}
	CSS.highlights.set("found", new Highlight(...ranges));
}

const rangesIn = (query, node) =>
    query.filter(({ isUnwanted }) => !isUnwanted).flatMap(
    ({ pattern }) => Array.from(node.data.matchAll(pattern),
    ({ 0: { length }, index }) => new StaticRange({
	startContainer: node, startOffset: index,
	endContainer: node, endOffset: index + length,
})));
