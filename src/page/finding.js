// SPDX-License-Identifier: MIT

// The filter: it marks what it finds in the rows in sight, and goes from one
// match to the next.

import { filterAtFirst } from "./chips.js";
import { listen } from "./element.js";
import { isFound, markFound, queryOf } from "./query.js";
import { grouped, plain } from "./text.js";

export class Finding {
	#parts;
	#list;
	#say;
	#query;

	// The parts are elements: the field to write in; steps, which are shown
	// while something is sought; in them the place, for text; and the buttons
	// previous and next. onChange() is called when other events may be
	// found, and say(text) has a step read aloud.
	constructor(parts, list, { onChange, say }) {
		this.#parts = parts;
		this.#list = list;
		this.#say = say;
		parts.field.value = filterAtFirst;
		this.#read();
		listen(parts.field, "input", () => {
			this.#read();
			onChange();
		});
		listen(parts.field, "keydown", ({ key, shiftKey }) => {
			if (key === "Enter")
				this.step(shiftKey ? -1 : 1);
		});
		listen(parts.previous, "click", () => this.step(-1));
		listen(parts.next, "click", () => this.step(1));
	}

	#read() {
		this.#query = queryOf(this.text);
		this.#parts.steps.hidden = !this.isOn;
		markFound([], []);
	}

	get text() {
		return this.#parts.field.value;
	}

	get isOn() {
		return this.#query.length > 0;
	}

	// Seeks in what an event is, and in what its row shows of it.
	finds({ event, record: { message = "", rest = "" } }) {
		const shown = rest && `\n${message} ${rest}`;

		return isFound(this.#query, plain(event.data) + shown);
	}

	mark() {
		markFound(this.#query, this.#list.inSight);
	}

	// Goes to the next event that is shown, or to the previous one.
	step(by) {
		if (this.#list.shown === 0)
			return;
		this.#list.step(by);
		this.show();
		this.#say(`${this.#place()}: ${this.#list.currentText}`);
	}

	#place() {
		const { current, shown } = this.#list;

		return `${current > 0 ? grouped(current) : "\u2013"} of ${
		    grouped(shown)}`;
	}

	// Says which match it is, and of how many.
	show() {
		if (this.isOn)
			this.#parts.place.textContent = this.#place();
	}
}
