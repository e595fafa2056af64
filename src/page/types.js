// SPDX-License-Identifier: MIT

// The event types of a stream: each with its colour, and a button that hides
// its events and shows them again.

import { makeKind, showTotal } from "./chips.js";
import { cut, visible } from "./text.js";

const TYPES_MAX = 24; // all further ones share a button
const WIDTH_MAX = 18;
const COLOURS = 8; // in the style sheet

export class Types {
	#byName = new Map();
	#group;
	#onChange;

	constructor(group, onChange) {
		this.#group = group;
		this.#onChange = onChange;
	}

	// Returns { name, colour, isShown, total } of an event type.
	of(name) {
		return this.#byName.get(name) ??
		    (this.#byName.size < TYPES_MAX ? this.#add(name) :
		    this.#byName.get(null) ?? this.#add(null));
	}

	// The name of a type that has been seen, unchanged.
	get anyName() {
		return [...this.#byName.keys()].find((name) => name) ??
		    "message";
	}

	// The width of the longest name, in characters.
	get width() {
		const widths = [...this.#byName.values()].map(
		    ({ name }) => name.length);

		return Math.min(WIDTH_MAX, Math.max(...widths));
	}

	// Whether no event names a type.
	get isPlain() {
		return this.#byName.size === 0 ||
		    (this.#byName.size === 1 && this.#byName.has("message"));
	}

	#add(name) {
		const colour = `colour-${this.#byName.size % COLOURS}`;
		const type = makeKind(name === null ? "other types" :
		    visible(cut(name, 40, 1)) || "(unnamed)", colour,
		    this.#onChange);

		type.colour = colour;
		this.#byName.set(name, type);
		this.#group.append(type.button);
		this.#group.hidden = this.#byName.size < 2;
		return type;
	}

	showTotals() {
		this.#byName.forEach(showTotal);
	}
}
