// What the viewer page makes of text for a terminal.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./page.js");

// Each run as [text, style]; a style is true, or a colour.
const CASES = [
	["plain text", "a", [["a", {}]]],
	["the 16 colours", "\x1b[31mr\x1b[97mw\x1b[39md\x1b[42mg\x1b[103my", [
		["r", { ink: "#c4221c" }],
		["w", { ink: "#fff" }],
		["d", {}],
		["g", { ground: "#1c9426" }],
		["y", { ground: "#e0b51f" }],
	]],
	["256 colours", "\x1b[38;5;9;1mb\x1b[48;5;196mc\x1b[38:5:244md", [
		["b", { ink: "#ef4f45", bold: true }],
		["c", { ink: "#ef4f45", bold: true,
		    ground: "rgb(255 0 0)" }],
		["d", { ink: "rgb(128 128 128)", bold: true,
		    ground: "rgb(255 0 0)" }],
	]],
	["true colour", "\x1b[38;2;1;2;3;4ma\x1b[38:2::4:5:6mb\x1b[48:2:7:8:9mc", [
		["a", { ink: "rgb(1 2 3)", underline: true }],
		["b", { ink: "rgb(4 5 6)", underline: true }],
		["c", { ink: "rgb(4 5 6)", ground: "rgb(7 8 9)",
		    underline: true }],
	]],
	["the colour of the underline is passed over", "\x1b[58;5;1;4ma",
	    [["a", { underline: true }]]],
	["styles begin and end", "\x1b[1;2;7ma\x1b[22mb\x1b[27;4:3mc\x1b[4:0md", [
		["a", { bold: true, faint: true, reverse: true }],
		["b", { reverse: true }],
		["c", { underline: true }],
		["d", {}],
	]],
	["all end at once", "\x1b[1;31ma\x1b[mb\x1b[3mc\x1b[;9md", [
		["a", { bold: true, ink: "#c4221c" }],
		["b", {}],
		["c", { italic: true }],
		["d", { strike: true }],
	]],
	["a colour that is none", "\x1b[38;5;256ma\x1b[38;2;1mb\x1b[38mc",
	    [["a", {}], ["b", {}], ["c", {}]]],
	["grep and gcc", "\x1b[01;31m\x1b[Kerror\x1b[m\x1b[K: no",
	    [["error", { bold: true, ink: "#c4221c" }], [": no", {}]]],
	["codes without end", `\x1b[1${";".repeat(1_000_000)}3ma`, [["a", {}]]],
	["a link", "\x1b]8;;http://e\x1b\\link\x1b]8;;\x1b\\.\x1b]0;title\x07",
	    [["link.", {}]]],
];

for (const [name, text, expected] of CASES) {
	test(`terminal: ${name}`, async () => {
		const { runsOf } = await load("terminal.js");
		const runs = runsOf(text).map(({ text: its, ...style }) =>
		    [its, Object.fromEntries(Object.entries(style).filter(
		    ([, value]) => value))]);

		assert.deepEqual(runs, expected);
	});
}
