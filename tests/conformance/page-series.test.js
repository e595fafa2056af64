// When the viewer page draws the values of a chart.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./page.js");

// The milliseconds from the first to the last of so many values that come all at
// once, and of those that come after them at a pace.
async function spanOf(n, paceMs, forMs) {
	const { Series } = await load("series.js");
	const series = new Series();

	for (let i = 0; i < n; i++)
		series.addPast(i, 0);
	for (let ms = paceMs; ms <= forMs; ms += paceMs)
		series.add(1, ms);
	return series.newest.ms - series.cells[0].ms;
}

for (const [what, paceMs] of [["slow", 1000], ["that has a cell for each", 200],
    ["that has many a cell", 10], ["fast", 1]])
	test(`series: the past of a stream ${what} is as fast`, async () => {
		const spanMs = await spanOf(300, paceMs, 10000);
		const expectedMs = 300 * paceMs + 10000;

		assert.ok(Math.abs(spanMs / expectedMs - 1) < 0.05,
		    `${spanMs} ms, not ${expectedMs}`);
	});
