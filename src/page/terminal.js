// SPDX-License-Identifier: MIT

// Text written for a terminal (ECMA-48): its colours and styles become styled
// runs of text. text.js drops all other escape sequences.

import { floor } from "./brief.js";
import { makeElement } from "./element.js";
import { visible } from "./text.js";

// SGR codes. The code of each plus 20 ends it.
const STYLES = { 1: "bold", 2: "faint", 3: "italic", 4: "underline",
    7: "reverse", 9: "strike" };

const CODES_MAX = 99; // in one sequence

const PALETTE = ("000 c4221c 1c9426 b58900 2a66d1 a93ba9 0e8a9c c8ccd1 " +
    "6b7280 ef4f45 3fbf4d e0b51f 5c93f5 d46ad4 33b9cc fff").split(" ");

// Of 256 colours the first 16 have names; then come a cube of 6 steps for each
// of red, green and blue, and shades of grey.
function paletteColour(n) {
	const step = (i) => i && 55 + 40 * i;
	const cube = n - 16, grey = 8 + 10 * (n - 232);

	if (n < 16)
		return `#${PALETTE[n]}`;
	return n > 231 ? `rgb(${grey} ${grey} ${grey})` :
	    `rgb(${step(floor(cube / 36))} ${
	    step(floor(cube / 6) % 6)} ${step(cube % 6)})`;
}

// What follows 38 or 48: 5 and a number, or 2, red, green and blue.
function colourOf([kind, ...values]) {
	const inRange = values.length > 0 && values.every(
	    (value) => value >= 0 && value < 256);

	if (kind === 5 && inRange)
		return paletteColour(values[0]);
	return kind === 2 && inRange && values.length > 2 ?
	    `rgb(${values.slice(-3).join(" ")})` : undefined;
}

function setStyle(style, code, more) {
	const column = code % 10;

	if (!code)
		for (const name of Object.keys(style))
			delete style[name];
	else if (STYLES[code])
		style[STYLES[code]] = more !== 0;
	else if (code === 21)
		style.underline = true;
	else if (STYLES[code - 20])
		style[STYLES[code - 20]] = false;
	else if (column < 8 && (code < 50 ? code > 29 : code > 89))
		style[code % 60 < 40 ? "ink" : "ground"] =
		    paletteColour(column + (code > 89 ? 8 : 0));
	else if (code === 39 || code === 49)
		delete style[code === 39 ? "ink" : "ground"];
	if (code === 22)
		style.bold = false;
}

// Separators of parameters are semicolons, and of their parts colons; for
// colours, many programs write semicolons only.
function applyCodes(style, codes) {
	const values = codes.split(";", CODES_MAX);

	while (values.length > 0) {
		let [code, ...more] = values.shift().split(":").map(
		    (text) => text === "" ? 0 : Number(text));

		if (code !== 38 && code !== 48 && code !== 58) {
			setStyle(style, code, more[0]);
			continue;
		}
		if (more.length === 0)
			more = values.splice(0, values[0] === "5" ? 2 : 4)
			    .map(Number);
		else if (more[0] === 2 && more.length > 4)
			more.splice(1, 1); // a colour space
		if (code !== 58)
			style[code === 38 ? "ink" : "ground"] = colourOf(more);
	}
}

// Returns [{ text, ink, ground, bold, ... }], the text made visible.
export function runsOf(text) {
	const style = {};
	const runs = [];

	text.split(/\x1b\[([\d;:]*)m/).forEach((part, i) => {
		if (i % 2 === 1)
			applyCodes(style, part);
		else if ((part = visible(part)) !== "")
			runs.push({ ...style, text: part });
	});
	return runs;
}

function elementOfRun({ text, ink, ground, reverse, ...styles }) {
	const element = makeElement("span", "", text);
	const classes = Object.keys(styles).filter((name) => styles[name]);

	if (reverse)
		[ink, ground] = [ground ?? "var(--ground)", ink ?? "var(--ink)"];
	for (const [name, colour] of
	    [["--on-ink", ink], ["--on-ground", ground]]) {
		if (!colour)
			continue;
		classes.push(name.slice(2));
		element.style.setProperty(name, colour);
	}
	element.className = classes.join(" ");
	return element;
}

// Appends the text as a terminal would show it.
export function appendText(element, text) {
	if (text.includes("\x1b"))
		element.append(...runsOf(text).map(elementOfRun));
	else
		element.append(visible(text));
}
