// SPDX-License-Identifier: MIT

// What a screen reader says of the events. At first that is a summary now and
// then, since most streams are too fast to be read aloud.

import { at, listen } from "./element.js";
import { remembered, rememberSetting } from "./remembered.js";
import { count, cut, visible } from "./text.js";

const SUMMARY_MS = 10000; // between two of them, at least
const SPOKEN_CHARACTERS = 200;

const choice = at("spoken"); // "summary", "each" or "nothing"
let n = 0; // events since the last summary
let nErrors = 0;
let latest = "";
let isResting = false; // whether a summary was given just now

function onChoose() {
	rememberSetting("spoken", choice.value);
	at("log").ariaLive = choice.value === "each" ? "polite" : "off";
}

// Events that are shown from now on.
export function summarise(entries) {
	if (entries.length === 0)
		return;
	n += entries.length;
	nErrors += entries.filter(({ level }) => level.name === "error").length;
	latest = entries.at(-1).event.data;
	if (!isResting)
		saySummary();
}

function saySummary() {
	const errors = nErrors > 0 ? `, ${count(nErrors, "error")}` : "";

	isResting = n > 0;
	if (!isResting)
		return;
	if (choice.value === "summary")
		say(`${count(n, "new event")}${errors}. Latest: ${latest}`);
	n = nErrors = 0;
	setTimeout(saySummary, SUMMARY_MS);
}

// Says a text at once.
export function say(text) {
	at("summary").textContent = visible(cut(text, SPOKEN_CHARACTERS, 3));
}

choice.value = remembered("spoken", "summary");
listen(choice, "change", onChoose);
onChoose();
