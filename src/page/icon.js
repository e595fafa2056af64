// SPDX-License-Identifier: MIT

// The icon of the tab: the state of the connection, told apart by its form as
// well as by its colour.

const GREEN = "#157347", AMBER = "#b26a00", RED = "#c4221c", GREY = "#5c6675";

const DOT = "<circle cx='8' cy='8' r='3.5' fill='#fff'/>";
const DOTS = "<path d='M3 8h2M7 8h2M11 8h2'/>";
const BARS = "<path d='M6 4.5v7M10 4.5v7'/>";
const CHECK = "<path d='M4 8.5l3 3 5-6.5'/>";
const CROSS = "<path d='M4.5 4.5l7 7M11.5 4.5l-7 7'/>";

const icons = {
	connecting: [AMBER, DOTS],
	open: [GREEN, DOT],
	paused: [GREY, BARS],
	waiting: [AMBER, DOTS],
	full: [AMBER, CROSS],
	resting: [GREY, DOTS],
	ended: [GREY, CHECK],
	failed: [RED, CROSS],
	stopped: [RED, CROSS],
};

// The URL of the icon of a state of status.js.
export function iconOf(name) {
	const [colour, form] = icons[name];

	return "data:image/svg+xml," + encodeURIComponent("<svg " +
	    "xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>" +
	    `<rect width='16' height='16' rx='4' fill='${colour}'/>` +
	    "<g fill='none' stroke='#fff' stroke-width='2' " +
	    `stroke-linecap='round'>${form}</g></svg>`);
}
