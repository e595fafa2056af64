// SPDX-License-Identifier: MIT

// The event types of a stream: each with its colour, a button that hides its
// events and shows them again, and a line in a menu.

import { max, min } from "./brief.js";
import { choose, makeKind, makeToolbar, showTotal } from "./chips.js";
import { at, listen, makeButton, makeElement } from "./element.js";
import { begun } from "./text.js";

const TYPES_MAX = 24; // all further ones share a button
const WIDTH_MAX = 18;
const COLOURS = 12;

const byName = new Map();

// Neighbours are far apart.
for (let n = 0; n < COLOURS; n++)
	document.styleSheets[0].insertRule(`.colour-${n}{--hue:${15 + 150 * n}}`);

// The same for a name in every tab, whichever type came first.
function colourOfName(name) {
	const hash = [...name].reduce((sum, character) =>
		(sum * 31 + character.codePointAt(0)) % 65521, 0);

	return `colour-${hash % COLOURS}`;
}

// Shows in the menu where a source has its own stream, beside that of all
// sources. Only some types are the name of a source, so the server is asked.
async function showLink({ link }, name) {
	const url = new URL(location.origin + location.pathname +
	    location.search);

	if (!name || link.href)
		return;
	url.searchParams.set("source", name);
	const response = await fetch(url, { method: "HEAD" }).catch(() => null);

	if (response?.ok)
		link.href = url;
}

// Returns { name, colour, isShown, total } of an event type.
export const typeOf = (name) =>
    byName.get(name) ?? (byName.size < TYPES_MAX ? addType(name) :
    byName.get(null) ?? addType(null));

// The name of a type that has been seen, unchanged.
export const anyType = () =>
    [...byName.keys()].find((name) => name) ?? "message";

function addType(name) {
	const colour = colourOfName(name ?? "");
	const type = makeKind(name === null ? "other types" :
	    begun(name, 40) || "(unnamed)", colour);

	type.colour = colour;
	byName.set(name, type);
	at("types").append(type.button);
	at("types").hidden = byName.size < 2;
	at("menu-list").append(lineOf(type));
	showColumn();
	return type;
}

// Rows say their type, unless no event names one.
function showColumn() {
	const names = [...byName.values()].map(({ name }) => name);
	const width = max(...names.map(({ length }) => length));
	const isTyped = names.join() !== "message";

	at("main").classList.toggle("typed", isTyped);
	at("main").style.setProperty("--types",
	    isTyped ? `${min(width, WIDTH_MAX)}ch` : "");
}

function lineOf(type) {
	const line = makeElement("li");
	const only = makeButton("Only this", () => {
		showTypes((each) => each === type);
		at("menu").hidePopover();
	});

	type.link = makeElement("a", type.colour, type.name);
	only.ariaLabel = `Only ${type.name}`;
	line.append(type.link, only);
	return line;
}

const showTypes = (isWanted) => choose(byName.values(), isWanted);

export const showTypeTotals = () => byName.forEach(showTotal);

listen(at("all"), "click", () => showTypes(() => true));
listen(at("none"), "click", () => showTypes(() => false));
listen(at("menu"), "toggle", ({ newState }) =>
	newState === "open" && byName.forEach(showLink));
makeToolbar(at("types"));
