// SPDX-License-Identifier: MIT

// Buttons that hide the events of a kind, and show them again.

import { at, listen, makeButton, makeElement } from "./element.js";
import { grouped } from "./text.js";

// The address says after # which filter there is, and what is hidden, so that a
// link shows the same.
const settings = new URLSearchParams(location.hash.slice(1));
const hidden = new Set(settings.getAll("hide"));
let onChange;

export const filterAtFirst = settings.get("filter") ?? "";

// The same for the address, or "".
export function settingsText(filter) {
	const now = new URLSearchParams([...hidden].map(
	    (key) => ["hide", key]));

	if (filter !== "")
		now.append("filter", filter);
	return now.size > 0 ? `#${now}` : "";
}

// Calls a function when a button was used.
export function onChoice(call) {
	onChange = call;
}

// Shows those of all kinds that are wanted.
export function choose(kinds, isWanted) {
	for (const kind of kinds)
		showKind(kind, isWanted(kind));
	onChange();
}

// Returns what is known of a kind of event, its button in it.
export function makeKind(name, className) {
	const kind = {
		name, total: 0,
		key: (className ? "type " : "level ") + name,
		button: makeButton("", () =>
			choose([kind], () => !kind.isShown)),
		figure: makeElement("span"),
	};
	kind.button.className = `chip ${className}`;
	kind.button.append(makeElement("bdi", "", name), " ", kind.figure);
	showKind(kind, !hidden.has(kind.key));
	return kind;
}

function showKind(kind, isShown) {
	kind.isShown = kind.button.ariaPressed = isShown;
	hidden[isShown ? "delete" : "add"](kind.key);
}

export function showTotal({ figure, total }) {
	figure.textContent = grouped(total);
}

// Makes one stop of the Tab key of all buttons in a toolbar; between them, the
// arrow keys go.
export function makeToolbar(toolbar) {
	const buttons = () => [...toolbar.querySelectorAll("button")].filter(
	    (button) => button.checkVisibility());
	const stopAt = (stop) => buttons().forEach((button) =>
		button.tabIndex = button === stop ? 0 : -1);

	listen(toolbar, "keydown", ({ key, target }) => {
		const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
		const all = buttons();

		if (by)
			all.at((all.indexOf(target) + by) % all.length).focus();
	});
	listen(toolbar, "focusin", ({ target }) => stopAt(target));
	// A new button is none, unless it is the only one.
	new MutationObserver(() => {
		const all = buttons();

		stopAt(all.find(({ tabIndex }) => tabIndex === 0) ?? all[0]);
	}).observe(toolbar, { childList: true, subtree: true });
}

// The levels of events, the most severe first; "" is none.
const levels = Object.fromEntries(["error", "warning", "info", "debug", ""].map(
    (level) => [level, makeKind(level || "no level", "")]));

for (const [level, { button }] of Object.entries(levels))
	button.dataset.level = level;
makeToolbar(at("levels"));

// The kind of an event of a level, which is counted.
export function countLevel(level) {
	levels[level].total++;
	return levels[level];
}

export function showLevels() {
	const seen = Object.values(levels).filter(({ total }) => total > 0);
	const group = at("levels");

	seen.forEach(showTotal);
	group.hidden = !seen.some(({ button }) => button.dataset.level);
	if (seen.length > group.childElementCount)
		group.replaceChildren(...seen.map(({ button }) => button));
}
