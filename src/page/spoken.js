// SPDX-License-Identifier: MIT

// What a screen reader says of the events. At first that is a summary now and
// then, since most streams are too fast to be read aloud.

import { listen } from "./element.js";
import { remembered, rememberSetting } from "./remembered.js";
import { count, cut, visible } from "./text.js";

const SUMMARY_MS = 10000; // between two of them, at least
const SPOKEN_CHARACTERS = 200;

export class Spoken {
	#status;
	#log;
	#choice;
	#n = 0; // events since the last summary
	#nErrors = 0;
	#latest = "";
	#isResting = false; // whether a summary was given just now

	// The status is an element that only a screen reader has, the log is
	// that of the events, and the choice is "summary", "each" or "nothing".
	constructor({ status, log, choice }) {
		this.#status = status;
		this.#log = log;
		this.#choice = choice;
		choice.value = remembered("spoken", "summary");
		listen(choice, "change", () => this.#choose());
		this.#choose();
	}

	#choose() {
		rememberSetting("spoken", this.#choice.value);
		this.#log.ariaLive =
		    this.#choice.value === "each" ? "polite" : "off";
	}

	// Events that are shown from now on.
	add(entries) {
		const errors = entries.filter(
		    ({ level }) => level.name === "error");

		if (entries.length === 0)
			return;
		this.#n += entries.length;
		this.#nErrors += errors.length;
		this.#latest = entries.at(-1).event.data;
		if (!this.#isResting)
			this.#summarise();
	}

	#summarise() {
		const errors = this.#nErrors > 0 ?
		    `, ${count(this.#nErrors, "error")}` : "";

		this.#isResting = this.#n > 0;
		if (!this.#isResting)
			return;
		if (this.#choice.value === "summary")
			this.say(`${count(this.#n, "new event")}${errors}. ` +
			    `Latest: ${this.#latest}`);
		this.#n = this.#nErrors = 0;
		setTimeout(() => this.#summarise(), SUMMARY_MS);
	}

	// Says a text at once.
	say(text) {
		this.#status.textContent =
		    visible(cut(text, SPOKEN_CHARACTERS, 3));
	}
}
