// SPDX-License-Identifier: MIT

// The panel of charts: one for each series of numbers in the events, those of
// an event type side by side. All show the same span of time, and a cursor
// shows the values of all at one time.

import { amount, boundTexts, spanOf, spanText } from "./amount.js";
import { max, min, round } from "./brief.js";
import { drawCells } from "./chart.js";
import { at, listen, setText } from "./element.js";
import { inUnit, NumberReader } from "./numbers.js";
import { Series } from "./series.js";
import { begun, clock, plain } from "./text.js";

const CHARTS_MAX = 40;
// Drawings of what is out of sight, which a screen reader may read.
const BETWEEN_UNSEEN_MS = 1000;
const BETWEEN_CALM_MS = 1000; // drawings where the user prefers reduced motion
const FUTURE_MS = 60000; // that the clock of a source may be ahead
const LATE_PART = 0.05; // of the span: how old the newest may be
const LATE_MS = 5000;

const panel = at("charts");
const back = at("back");
const list = panel.querySelector("ul");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const types = new Map(); // to { reader, charts: a Map from its keys }
let charts = [];
let onTouch;
let drawnAt = -Infinity;
let isOld = false; // whether there is something to draw
let startMs = 0, endMs = 0; // what is shown
let pointed; // { ms }, or { part } of what is shown

// touch() is called when there is something to draw that did not come by add().
export function startCharts(touch) {
	onTouch = touch;
	listen(matchMedia("(prefers-color-scheme: dark)"), "change", repaint);
	setInterval(nameSpan, 1000);
	listen(back, "click", showAll);
	listen(window, "resize", redraw);
	listen(list, "click", onClick);
	listen(list, "keydown", onKey);
	for (const type of ["pointermove", "pointerdown"])
		listen(list, type, onPointer);
	listen(list, "pointerleave", () => point());
}

const sights = new IntersectionObserver((entries) => {
	for (const { target, isIntersecting } of entries)
		target.chart.isSeen = isIntersecting;
	redraw();
});

const chartOf = (element) => element.closest(".chart")?.chart ?? {};
const isShown = ({ isHidden, type, series }) =>
    series.n > 1 && type.isShown && !isHidden;

// Adds the numbers of an event. One that came together with those of a time
// before is of the past, unless it names its time.
export function addNumbers({ date, event, type, record, isPast }) {
	if (!types.has(type))
		types.set(type,
		    { reader: new NumberReader(), charts: new Map() });
	const { reader, charts: byKey } = types.get(type);
	const { end = 0, sender = "", value: json, ms } = record;
	const text = plain(event.data).slice(end + sender.length);
	const isOwn = ms < date.getTime() + FUTURE_MS;

	for (const { key, name, value, unit = "" } of reader.read(text, json)) {
		if (!byKey.has(key) && charts.length < CHARTS_MAX)
			byKey.set(key, makeChart(type, unit));
		const chart = byKey.get(key);

		panel.classList.toggle("full", !chart);
		if (!chart)
			return;
		chart.name = name;
		chart.series[isPast && !isOwn ? "addPast" : "add"](
		    inUnit(value, unit, chart.unit), isOwn ? ms : date.getTime());
		isOld = true;
	}
}

// Events are missing here, or did not come for a while.
export function cutLines() {
	for (const { series } of charts)
		series.cut();
}

function makeChart(type, unit) {
	const card = at("chart").content.firstElementChild.cloneNode(true);
	const [label, of, last, hide, canvas, upper, lower, ...times] =
	    card.querySelectorAll("button, bdi, span, canvas");
	const chart = { type, unit, card, label, of, last, hide, canvas, upper,
		lower, times,
		series: new Series(), drawnAt: -Infinity,
		context: canvas.getContext("2d") };

	card.classList.add(type.colour);
	card.chart = chart;
	charts.push(chart);
	return chart;
}

function redraw() {
	isOld = true;
	onTouch();
}

// Draws all again, in the colours that are now the right ones.
export function repaint() {
	for (const { type } of charts)
		type.ink = undefined;
	redraw();
}

export function clearCharts() {
	charts = [];
	types.clear();
	sights.disconnect();
	list.replaceChildren();
	panel.classList.remove("full");
	panel.hidden = back.hidden = true;
	pointed = undefined;
}

// Draws what has changed and is in sight, if it is time to. Returns whether
// some is left to be drawn.
export function drawCharts(now) {
	if (!isOld)
		return false;
	if (calm.matches && now - drawnAt < BETWEEN_CALM_MS)
		return true;
	drawnAt = now;
	isOld = false;
	for (const { series } of charts)
		series.settle();
	const shown = charts.filter(isShown);
	const all = shown.map(({ series }) => series);

	shown.filter(({ card }) => !card.isConnected).forEach(place);
	if (shown.length > 0) {
		endMs = max(...all.map(({ newest }) => newest.ms));
		startMs = endMs - spanOf(all, endMs);
		nameSpan();
	}
	const drawn = shown.filter((chart) =>
	    chart.isSeen || now - chart.drawnAt > BETWEEN_UNSEEN_MS);

	// All text comes first: it decides how wide the lines can be.
	drawn.forEach(fill);
	drawn.forEach(draw);
	return false;
}

// Beside those of its type, in the order in which their numbers came.
function place(chart) {
	const { card, label, type } = chart;
	const own = charts.filter((other) => other === chart ||
	    (other.type === type && other.card.isConnected));
	const i = own.indexOf(chart);

	if (i > 0)
		own[i - 1].card.after(card);
	else
		list.insertBefore(card, own[1]?.card ?? null);
	panel.hidden = false;
	label.tabIndex = list.childElementCount > 1 ? -1 : 0;
	sights.observe(card);
}

function draw(chart) {
	const { series, canvas, context, type, low, high, cursor, cells } = chart;
	const [width, height] = [canvas.clientWidth, canvas.clientHeight].map(
	    (size) => round(size * devicePixelRatio));

	// Setting the size would clear a canvas, and take long.
	if (canvas.width !== width || canvas.height !== height)
		Object.assign(canvas, { width, height });
	chart.drawnAt = drawnAt;
	type.ink ??= getComputedStyle(canvas).color;
	drawCells(context, cells, { startMs, endMs, low, high,
		pauseMs: series.pauseMs }, type.ink, cursor);
}

const valueText = ({ unit }, cell) =>
    cell ? amount(cell.low, cell.high, unit) : "\u2013";

// Notes what is to be drawn, and writes the text.
function fill(chart) {
	const { name, type, unit, series, label, last } = chart;
	const value = series.newest.last;
	// One more, so that the line reaches the edge.
	const cells = series.cells.slice(max(series.indexAt(startMs), 0));
	const inside = cells.filter(({ ms }) => ms >= startMs);
	const low = min(...inside.map((cell) => cell.low));
	const high = max(...inside.map((cell) => cell.high));
	const cursor = cursorIn(chart);
	const [lowText, highText] = low <= high ? boundTexts(low, high) : ["", ""];

	Object.assign(chart, { low, high, cursor, cells });
	setText(label, begun(name, 80) || type.name);
	setText(chart.of, name === "" ? "" : type.name);
	setText(last, cursor ? valueText(chart, cursor.cell) :
	    amount(value, value, unit));
	chart.times.forEach((element, i) => setText(element, clock(
	    new Date(startMs + (endMs - startMs) / 2 * i), false, new Date())));
	setText(chart.lower, lowText);
	setText(chart.upper, highText);
	chart.hide.ariaLabel = `Hide ${label.textContent}`;
}

// The time that is looked at, and the cell that is there: { ms, cell }.
function cursorIn({ series }) {
	const { part, ms = startMs + part * (endMs - startMs) } = pointed ?? {};
	const near = max(series.paceMs, (endMs - startMs) / 50) / 2;
	const cell = series.cells[series.indexAt(ms + near)];

	return pointed && { ms, cell: cell?.ms > ms - near ? cell : undefined };
}

// "last 5 min", or the time that is looked at.
function nameSpan() {
	const now = new Date();
	const span = endMs - startMs;
	const text = spanText(span) +
	    (charts.some(({ cells }) => cells?.[0]?.isGuessed) ? " or so" : "");
	const isLast = now - endMs < max(LATE_MS, LATE_PART * span);
	const time = (ms) => clock(new Date(ms), true, now);

	if (span > 0)
		setText(at("span"), pointed ? cursorText(time) : isLast ?
		    `last ${text}` : `${text} to ${time(endMs)}`);
}

// With the value of the chart that has the focus.
function cursorText(time) {
	const chart = chartOf(document.activeElement);
	const { ms, cell } = cursorIn(chart.series ? chart : charts[0]);

	return (cell?.isGuessed ? "about " : "") + time(ms) + (chart.series ?
	    `, ${chart.label.textContent} ${valueText(chart, cell)}` : "");
}

function point(where) {
	if (!where && !pointed)
		return;
	pointed = where;
	drawnAt = -Infinity;
	redraw();
}

function onPointer({ target, offsetX }) {
	if (target.matches("canvas"))
		point({ part: min(offsetX / target.clientWidth, 1) });
}

// A step to the side is a pixel, or a value if these are wider apart.
function step(chart, by) {
	const { series } = chart;
	const cursor = cursorIn(chart);
	const ms = cursor?.cell?.ms ?? cursor?.ms ?? endMs;
	const to = series.indexAt(ms + by * (endMs - startMs) /
	    chart.canvas.clientWidth);
	const next = series.indexAt(ms) + by;
	const i = by < 0 ? min(to, next) : max(to, next);

	point(series.cells[i] ?? { ms });
}

// Which charts there are.

export function showCharts() {
	const n = charts.filter(({ isHidden }) => isHidden).length;

	for (const { card, isHidden, type } of charts)
		card.hidden = isHidden || !type.isShown;
	back.hidden = n === 0;
	panel.hidden = n === 0 && !charts.some(isShown);
	setText(back, `Show ${n} hidden`);
	redraw();
}

function showAll() {
	for (const chart of charts)
		chart.isHidden = false;
	showCharts();
	focus(charts.find(isShown));
}

function hide(chart) {
	const shown = charts.filter(isShown);
	const i = shown.indexOf(chart);

	chart.isHidden = true;
	chart.card.classList.remove("large");
	showCharts();
	focus(shown[i + 1] ?? shown[i - 1]);
}

// One of the charts is in the order of the focus; arrows go to the others.
function focus(chart) {
	for (const { label } of charts)
		label.tabIndex = label === chart?.label ? 0 : -1;
	(chart?.label ?? back).focus();
}

function enlarge({ card }) {
	const isLarge = !card.matches(".large");

	for (const chart of charts)
		chart.label.ariaPressed = chart.card.classList.toggle(
		    "large", isLarge && chart.card === card);
	card.scrollIntoView({ block: "nearest" });
	redraw();
}

function onClick({ target }) {
	if (target.matches(".hide"))
		hide(chartOf(target));
	else if (target.matches(".label"))
		enlarge(chartOf(target));
}

function onKey(event) {
	const chart = chartOf(event.target);
	const shown = [...list.children].filter(({ hidden }) => !hidden);
	const go = (by) =>
	    focus(shown[shown.indexOf(chart.card) + by]?.chart ?? chart);
	const act = {
		ArrowLeft: () => step(chart, -1),
		ArrowRight: () => step(chart, 1),
		ArrowUp: () => go(-1),
		ArrowDown: () => go(1),
		Delete: () => hide(chart),
		Escape: () => point(),
	}[event.key];

	if (act && chart.series) {
		act();
		event.preventDefault();
		event.stopPropagation();
	}
}
