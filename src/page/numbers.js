// SPDX-License-Identifier: MIT

// Finds the numbers in an event's data: a number, a row of numbers as vmstat
// writes it, or JSON with numbers in it.

const ROW_MAX = 1000; // characters that may be a row
const JSON_MAX = 65536;
const NUMBERS_MAX = 64; // of one event
const DEPTH_MAX = 3; // of JSON

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?%?$/i;

// A word of a row that is not a number: a date, a time of day, or a fraction as
// in /proc/loadavg.
const ASIDE =
    /^(?:[\d-]{10}(?:T[\d:.,]+Z?)?|\d\d?:\d\d(?::[\d.,]+)?|\d+\/\d+)$/;

const NAME = /^[a-z%_][\w%./()-]*$/i;

// Adds the numbers in a JSON value, each under its path.
function collect(value, path, depth, found) {
	if (found.length >= NUMBERS_MAX)
		return;
	if (typeof value === "number" && Number.isFinite(value)) {
		found.push({ key: path, name: path, value });
	} else if (typeof value === "object" && value && depth < DEPTH_MAX) {
		const inner = (name) => Array.isArray(value) ?
		    `${path}[${name}]` : path ? `${path}.${name}` : name;

		for (const name of Object.keys(value).slice(0, NUMBERS_MAX))
			collect(value[name], inner(name), depth + 1, found);
	}
}

function numbersOfJson(data) {
	const found = [];

	if (data.length > JSON_MAX)
		return found;
	try {
		collect(JSON.parse(data), "", 0, found);
	} catch {
		// Only text that begins like JSON.
	}
	return found;
}

function wordsOf(data) {
	return data.length > ROW_MAX || data.includes("\n") ? [] :
	    data.trim().split(/[\s,;]+/);
}

function isRow(words) {
	return words.length <= NUMBERS_MAX &&
	    words.some((word) => NUMBER.test(word)) &&
	    words.every((word) => NUMBER.test(word) || ASIDE.test(word));
}

function areNames(words) {
	return words.length > 1 && words.every((word) => NAME.test(word));
}

// Reads the events of one type, one after the other, since the names of the
// columns of a row stand in the line before it.
export class NumberReader {
	#names = []; // of the columns
	#before = []; // words of the last event, if they may be names

	// Returns [{ key, name, value }]. The key stays the same when the name
	// becomes known; the name is empty if there is only one number.
	read(data) {
		const before = this.#before;

		this.#before = [];
		if (/^\s*[[{]/.test(data))
			return numbersOfJson(data);
		const words = wordsOf(data);

		if (!isRow(words)) {
			this.#before = areNames(words) ? words : [];
			return [];
		}
		if (before.length === words.length)
			this.#names = before;
		return this.#readRow(words);
	}

	#readRow(words) {
		const named = this.#names.length === words.length;
		const nameOf = (i) => named ? this.#names[i] :
		    words.length > 1 ? `#${i + 1}` : "";

		return words.flatMap((word, i) => NUMBER.test(word) ? [{
			key: `${words.length}:${i}`,
			name: nameOf(i),
			value: Number.parseFloat(word),
		}] : []);
	}
}
