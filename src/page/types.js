// SPDX-License-Identifier: MIT

// The event types of a stream: each with its colour, a button that hides its
// events and shows them again, and a line in a menu.

import { makeKind, makeToolbar, showKind, showTotal } from "./chips.js";
import { listen, makeButton, makeElement } from "./element.js";
import { cut, visible } from "./text.js";

const TYPES_MAX = 24; // all further ones share a button
const WIDTH_MAX = 18;
const COLOURS = 12; // in the style sheet

// The same for a name in every tab, whichever type came first.
function colourOfName(name) {
	const hash = [...name].reduce((sum, character) =>
		(sum * 31 + character.codePointAt(0)) % 65521, 0);

	return `colour-${hash % COLOURS}`;
}

// The URL of a source's own stream, beside that of all sources. Only some types
// are the name of a source, so the server is asked.
function urlOfSource(name) {
	const url = new URL(location.origin + location.pathname +
	    location.search);

	url.searchParams.set("source", name);
	return url.href;
}

async function hasStream(url) {
	const response = await fetch(url, { method: "HEAD" }).catch(() => null);

	return response?.ok === true;
}

export class Types {
	#byName = new Map();
	#parts;
	#onChange;

	// The parts are elements: the group of the chips; in it all and
	// none, buttons; the menu and its list; and that of the rows.
	constructor(parts, onChange) {
		this.#parts = parts;
		this.#onChange = onChange;
		listen(parts.all, "click", () =>
			this.#showOnly(() => true));
		listen(parts.none, "click", () =>
			this.#showOnly(() => false));
		listen(parts.menu, "toggle", ({ newState }) =>
			newState === "open" && this.#showLinks());
		makeToolbar(parts.group);
	}

	#showOnly(isWanted) {
		for (const type of this.#byName.values())
			showKind(type, isWanted(type));
		this.#onChange();
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

	#add(name) {
		const colour = colourOfName(name ?? "");
		const type = makeKind(name === null ? "other types" :
		    visible(cut(name, 40, 1)) || "(unnamed)", colour,
		    this.#onChange);

		type.colour = colour;
		this.#byName.set(name, type);
		this.#parts.group.append(type.button);
		this.#parts.group.hidden = this.#byName.size < 2;
		this.#parts.list.append(this.#makeLine(type));
		this.#showColumn();
		return type;
	}

	// Rows say their type, unless no event names one.
	#showColumn() {
		const { rows } = this.#parts;
		const names = [...this.#byName.values()].map(({ name }) => name);
		const width = Math.max(...names.map(({ length }) => length));

		rows.classList.toggle("typed", names.join() !== "message");
		rows.style.setProperty("--types",
		    `${Math.min(width, WIDTH_MAX)}ch`);
	}

	#makeLine(type) {
		const line = makeElement("li");
		const link = makeElement("a", type.colour, type.name);
		const only = makeButton("Only this", () =>
			this.#showOnly((each) => each === type));

		type.link = link;
		only.ariaLabel = `Only ${type.name}`;
		line.append(link, only);
		return line;
	}

	#showLinks() {
		this.#byName.forEach(async ({ link }, name) => {
			const url = urlOfSource(name ?? "");

			if (name && !link.href && await hasStream(url))
				link.href = url;
		});
	}

	showTotals() {
		this.#byName.forEach(showTotal);
	}
}
