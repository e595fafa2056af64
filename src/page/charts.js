// SPDX-License-Identifier: MIT

// A line chart for each series of numbers in the events.

import { drawLine } from "./chart.js";
import { inUnit, NumberReader } from "./numbers.js";
import { cut, plain, visible } from "./text.js";

const SERIES_MAX = 40;
const VALUES_MAX = 120; // of a series, the newest
const BETWEEN_MS = 100; // drawings; a reader sees no more
const BETWEEN_CALM_MS = 1000; // where the user prefers reduced motion

const exact = new Intl.NumberFormat("en", {
	maximumFractionDigits: 2,
	maximumSignificantDigits: 3,
	roundingPriority: "morePrecision",
});
const short = new Intl.NumberFormat("en",
    { notation: "compact", maximumSignificantDigits: 4 });

function numberText(value, format) {
	const size = Math.abs(value);

	return size >= 1e15 || (size > 0 && size < 1e-4) ?
	    value.toExponential(2) : format.format(value);
}

// Long bounds need not be exact, but two different ones must look different.
function boundTexts(low, high) {
	const texts = [low, high].map((value) =>
	    numberText(value, Math.abs(value) < 1e6 ? exact : short));

	return low < high && texts[0] === texts[1] ?
	    [numberText(low, exact), numberText(high, exact)] : texts;
}

export class Charts {
	#panel;
	#list;
	#template;
	#calm = matchMedia("(prefers-reduced-motion: reduce)");
	#onTouch;
	#types = new Map(); // to { reader, series: a Map from its keys }
	#all = []; // series
	#drawnAt = -Infinity;

	// onTouch() is called when there is something to draw that did not come
	// by add().
	constructor({ panel, list, template }, onTouch) {
		this.#panel = panel;
		this.#list = list;
		this.#template = template.content.firstElementChild;
		this.#onTouch = onTouch;
		addEventListener("resize", () => this.touch());
		matchMedia("(prefers-color-scheme: dark)")
		    .addEventListener("change", () => this.touch());
	}

	add({ event, type, record }) {
		if (!this.#types.has(type))
			this.#types.set(type,
			    { reader: new NumberReader(), series: new Map() });
		const { reader, series } = this.#types.get(type);
		const { end = 0, sender = "", value: json } = record;
		const text = plain(event.data).slice(end + sender.length);

		for (const { key, name, value, unit } of reader.read(text, json)) {
			if (!series.has(key) && this.#all.length < SERIES_MAX)
				series.set(key, this.#makeSeries(type));
			if (series.has(key))
				addValue(series.get(key), name, value, unit);
			else
				this.#panel.classList.add("full");
		}
	}

	#makeSeries(type) {
		const card = this.#template.cloneNode(true);
		const part = (name) => card.querySelector(`.${name}`);

		card.classList.add(type.colour);
		this.#all.push({
			type, card, values: [],
			label: part("label"), of: part("of"),
			last: part("last"), min: part("min"), max: part("max"),
			canvas: card.querySelector("canvas"),
		});
		return this.#all.at(-1);
	}

	// Has everything drawn again.
	touch() {
		for (const series of this.#all)
			series.isOld = true;
		this.#onTouch();
	}

	clear() {
		this.#all = [];
		this.#types.clear();
		this.#list.replaceChildren();
		this.#panel.classList.remove("full");
		this.#panel.hidden = true;
	}

	// Draws the series that have changed, if it is time to. Returns whether
	// some are left to be drawn.
	draw(now) {
		const old = this.#all.filter(({ isOld, values, type }) =>
		    isOld && values.length > 1 && type.isShown);

		if (old.length === 0)
			return false;
		if (now - this.#drawnAt <
		    (this.#calm.matches ? BETWEEN_CALM_MS : BETWEEN_MS))
			return true;
		this.#drawnAt = now;
		this.#panel.hidden = false;
		this.#list.append(...old.map(({ card }) => card)
		    .filter((card) => !card.isConnected));
		// All text comes first: it decides how wide the lines can be.
		old.forEach(fillText);
		old.forEach(drawSeries);
		return false;
	}

	showTypes() {
		for (const { card, type } of this.#all)
			card.hidden = !type.isShown;
		this.touch();
	}
}

function addValue(series, name, value, unit = "") {
	series.name = name;
	series.unit ??= unit;
	series.values.push(inUnit(value, unit, series.unit));
	if (series.values.length > VALUES_MAX)
		series.values.shift();
	series.isOld = true;
}

function fillText(series) {
	const { name, type, values } = series;

	series.low = Math.min(...values);
	series.high = Math.max(...values);
	series.label.textContent = visible(cut(name, 80, 1)) || type.name;
	series.of.textContent = name === "" ? "" : type.name;
	series.last.textContent =
	    `${numberText(values.at(-1), exact)} ${series.unit}`.trim();
	[series.min.textContent, series.max.textContent] =
	    boundTexts(series.low, series.high);
}

function drawSeries(series) {
	drawLine(series.canvas, series.values, series.low, series.high);
	series.isOld = false;
}
