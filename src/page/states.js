// SPDX-License-Identifier: MIT

// The states of the connection as a person sees them: a word, the icon of the
// tab, and what there is to do. Icons are told apart by their form as well as
// by their colour.

const GREEN = "#157347", AMBER = "#b26a00", RED = "#c4221c", GREY = "#5c6675";

const DOT = "M8 7.5a.5.5 0 1 1-.1 0M8 5.5a2.5 2.5 0 1 1-.1 0";
const DOTS = "M3 8h2M7 8h2M11 8h2";
const BARS = "M6 4.5v7M10 4.5v7";
const CHECK = "M4 8.5l3 3 5-6.5";
const CROSS = "M4.5 4.5l7 7M11.5 4.5l-7 7";

const AGAIN = "Try again";
const OVER = "Clear and start again";

// By the names of connection.js, and "paused", "full", "resting" and "failed":
// the word, the icon, and the label of the button, if there is one.
export const states = {
	connecting: ["Connecting", AMBER, DOTS],
	open: ["Live", GREEN, DOT],
	paused: ["Paused", GREY, BARS],
	waiting: ["Reconnecting", AMBER, DOTS, "Reconnect now"],
	full: ["Full", AMBER, CROSS, AGAIN],
	resting: ["Resting", GREY, DOTS],
	ended: ["Ended", GREY, CHECK, OVER],
	failed: ["Failed", RED, CROSS, OVER],
	stopped: ["Stopped", RED, CROSS, AGAIN],
};

// The URL of an icon.
export const iconOf = (colour, form) =>
    "data:image/svg+xml," + encodeURIComponent("<svg " +
    "xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>" +
    `<rect width='16' height='16' rx='4' fill='${colour}'/>` +
    "<g fill='none' stroke='#fff' stroke-width='2' " +
    `stroke-linecap='round'><path d='${form}'/></g></svg>`);
