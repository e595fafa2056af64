// What the filter of the viewer page takes.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./page.js");

const isFound = async (query, text) => {
	const { isFound: found, queryOf } = await load("query.js");

	return found(queryOf(query), text);
};

const LARGE = [
	["a word", "x".repeat(100_000), "x".repeat(1000)],
	["an expression", `/${"(a|b)".repeat(10_000)}/`, "(a|b)".repeat(200)],
];

for (const [name, query, text] of LARGE)
	test(`query: of ${name} that is too large, the beginning`, async () => {
		assert.equal(await isFound(query, text), true);
		assert.equal(await isFound(query, text.slice(1)), false);
	});
