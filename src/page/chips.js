// SPDX-License-Identifier: MIT

// Buttons that hide the events of a kind, and show them again.

import { grouped } from "./text.js";

// The address says after # which filter there is, and what is hidden, so that a
// link shows the same.
const settings = new URLSearchParams(location.hash.slice(1));
const hidden = new Set(settings.getAll("hide"));

export const filterAtFirst = settings.get("filter") ?? "";

// The same for the address, or "".
export function settingsText(filter) {
	const now = new URLSearchParams([...hidden].map(
	    (key) => ["hide", key]));

	if (filter !== "")
		now.append("filter", filter);
	return now.size > 0 ? `#${now}` : "";
}

// Returns what is known of a kind of event, its button in it.
export function makeKind(name, className, onChange) {
	const key = (className ? "type " : "level ") + name;
	const kind = {
		name, isShown: !hidden.has(key), total: 0,
		button: document.createElement("button"),
		figure: document.createElement("span"),
	};
	const label = document.createElement("bdi");

	label.textContent = name;
	kind.button.className = `chip ${className}`;
	kind.button.ariaPressed = String(kind.isShown);
	kind.button.append(label, " ", kind.figure);
	kind.button.addEventListener("click", () => {
		kind.isShown = !kind.isShown;
		kind.button.ariaPressed = String(kind.isShown);
		if (kind.isShown)
			hidden.delete(key);
		else
			hidden.add(key);
		onChange();
	});
	return kind;
}

export function showTotal({ figure, total }) {
	figure.textContent = grouped(total);
}

// The levels of events, the most severe first; "" is none.
export class Levels {
	#kinds;
	#group;

	constructor(group, onChange) {
		this.#group = group;
		this.#kinds = Object.fromEntries(
		    ["error", "warning", "info", "debug", ""].map((name) => [name,
		    makeKind(name || "no level", "", onChange)]));
		for (const [name, { button }] of Object.entries(this.#kinds))
			button.dataset.level = name;
	}

	// The kind of an event, which is counted.
	count(name) {
		this.#kinds[name].total++;
		return this.#kinds[name];
	}

	showTotals() {
		const seen = Object.values(this.#kinds).filter(
		    ({ total }) => total > 0);

		seen.forEach(showTotal);
		this.#group.hidden = !seen.some(({ button }) =>
		    button.dataset.level);
		if (seen.length > this.#group.childElementCount)
			this.#group.replaceChildren(...seen.map(
			    ({ button }) => button));
	}
}
