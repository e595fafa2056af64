// SPDX-License-Identifier: MIT

// Numbers and spans of time as text.

import { abs } from "./brief.js";

const exact = new Intl.NumberFormat("en", {
	maximumFractionDigits: 2,
	maximumSignificantDigits: 3,
	roundingPriority: "morePrecision",
});
const short = new Intl.NumberFormat("en",
    { notation: "compact", maximumSignificantDigits: 4 });

function textOf(value, format) {
	const size = abs(value);

	return size >= 1e15 || (size > 0 && size < 1e-4) ?
	    value.toExponential(2) : format.format(value);
}

// A value, or the lowest and the highest, with a unit.
export function amount(low, high, unit) {
	const from = low < high ? `${textOf(low, exact)} to ` : "";

	return `${from}${textOf(high, exact)} ${unit}`.trim();
}

// Long bounds need not be exact, but two different ones must look different.
export function boundTexts(low, high) {
	const texts = [low, high].map((value) =>
	    textOf(value, abs(value) < 1e6 ? exact : short));

	return low < high && texts[0] === texts[1] ?
	    [textOf(low, exact), textOf(high, exact)] : texts;
}

const MINUTE_MS = 60e3, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS;
const SPANS_MS = [MINUTE_MS / 60, MINUTE_MS, HOUR_MS].flatMap((unit) =>
    [5, 10, 15, 20, 30, 45, 60, 90, 120, 180].map((n) => n * unit));
const USUAL_MS = 5 * MINUTE_MS; // if that has enough to show
const ENOUGH = 60; // cells of one series

// The span of time to show up to its end: all there is, or as much as has
// enough to show of one of the series.
export function spanOf(all, endMs) {
	const isEnough = (ms) => ms >= USUAL_MS && all.some((series) =>
	    series.cells.at(-ENOUGH)?.ms >= endMs - ms);

	return SPANS_MS.find((ms) => isEnough(ms) ||
	    all.every(({ cells }) => cells[0].ms >= endMs - ms)) ??
	    SPANS_MS.at(-1);
}

export function spanText(ms) {
	const [unit, name] = [[DAY_MS, "days"], [HOUR_MS, "h"],
	    [MINUTE_MS, "min"], [1e3, "s"]].find(([unit]) => ms % unit === 0);

	return `${ms / unit} ${name}`;
}
