// SPDX-License-Identifier: MIT

// Buttons that hide the events of a kind, and show them again.

import { listen, makeButton, makeElement } from "./element.js";
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
	const kind = {
		name, total: 0,
		key: (className ? "type " : "level ") + name,
		button: makeButton("", () => {
			showKind(kind, !kind.isShown);
			onChange();
		}),
		figure: makeElement("span"),
	};
	kind.button.className = `chip ${className}`;
	kind.button.append(makeElement("bdi", "", name), " ", kind.figure);
	showKind(kind, !hidden.has(kind.key));
	return kind;
}

// Shows or hides a kind; the caller sees to its events.
export function showKind(kind, isShown) {
	kind.isShown = isShown;
	kind.button.ariaPressed = String(isShown);
	if (isShown)
		hidden.delete(kind.key);
	else
		hidden.add(kind.key);
}

export function showTotal({ figure, total }) {
	figure.textContent = grouped(total);
}

// Makes one stop of the Tab key of all buttons in a toolbar; between them, the
// arrow keys go.
export function makeToolbar(toolbar) {
	const buttons = () => [...toolbar.querySelectorAll("button")].filter(
	    (button) => button.checkVisibility());

	listen(toolbar, "keydown", ({ key, target }) => {
		const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
		const all = buttons();
		const next = all.indexOf(target) + by + all.length;

		if (by)
			all[next % all.length].focus();
	});
	listen(toolbar, "focusin", ({ target }) =>
		buttons().forEach((button) =>
			button.tabIndex = button === target ? 0 : -1));
	// A new button is none, unless it is the only one.
	new MutationObserver(() => {
		const all = buttons();
		const stop = all.find(({ tabIndex }) => tabIndex === 0);

		all.forEach((button) =>
			button.tabIndex = button === (stop ?? all[0]) ? 0 : -1);
	}).observe(toolbar, { childList: true, subtree: true });
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
		makeToolbar(group);
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
