// SPDX-License-Identifier: MIT

// The filter: it marks what it finds in the rows in sight, and goes from one
// match to the next.

import { choose, filterAtFirst } from "./chips.js";
import { at, listen, setText } from "./element.js";
import * as list from "./list.js";
import { isFound, markFound, queryOf } from "./query.js";
import { say } from "./spoken.js";
import { grouped, plain } from "./text.js";

const field = at("filter");
let query;

function read() {
	query = queryOf(field.value);
	at("steps").hidden = !isFinding();
	markFound([], []);
}

export const isFinding = () => query.length > 0;

// Seeks in what an event is, and in what its row shows of it.
export function finds({ event, record: { message = "", rest = "" } }) {
	const shown = rest && `\n${message} ${rest}`;

	return isFound(query, plain(event.data) + shown);
}

export function markMatches() {
	if (isFinding())
		markFound(query, list.textsInSight());
}

// Goes to the next event that is shown, or to the previous one.
export function step(by) {
	if (list.shown === 0)
		return;
	list.stepTo(by);
	showPlace();
	say(`${placeText()}: ${list.currentText()}`);
}

function placeText() {
	const n = list.currentNumber();

	return `${n > 0 ? grouped(n) : "\u2013"} of ${grouped(list.shown)}`;
}

// Says which match it is, and of how many.
export function showPlace() {
	if (isFinding())
		setText(at("place"), placeText());
}

field.value = filterAtFirst;
read();
listen(field, "input", () => {
	read();
	choose([]);
});
listen(field, "keydown", ({ key, shiftKey }) =>
	key === "Enter" && step(shiftKey ? -1 : 1));
listen(at("previous"), "click", () => step(-1));
listen(at("next"), "click", () => step(1));
