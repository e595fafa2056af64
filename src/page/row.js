// SPDX-License-Identifier: MIT

// An event as a row. Its content is only text.

import { listen, makeButton, makeElement } from "./element.js";
import { recordOf } from "./records.js";
import { appendText } from "./terminal.js";
import { clock, count, cut, grouped, visible } from "./text.js";

// How much of an event is shown until the reader asks for all of it.
const SHOWN_CHARACTERS = 1000;
const SHOWN_LINES = 40;

const ID_END = 6; // of an id its end, where it differs from the last

// The ids that pipecast makes: the number of an event, and the place in a file
// behind it. In a journal's cursor, i counts.
const OWN_ID = /^s-[^-]*-(\d+)$/;
const PLACE_ID = /^f-([\da-f]{1,13})-[\da-f]+-[\da-f]+$/;
const CURSOR = /^s=\w+;(i=[\da-f]+);/;

// The event's own time; or when it arrived, and then it is marked.
function fillTime(element, entry) {
	const { date, group, record } = entry;
	const own = new Date(record?.ms ?? NaN);
	const isOwn = !isNaN(own);

	element.title = isOwn ? own.toISOString() :
	    `Arrived ${date.toISOString()}`;
	if (isOwn)
		element.textContent = clock(own, record.hasMs, date);
	else if (!group || group[0] === entry)
		element.textContent = clock(date, true, date);
	element.classList.toggle("arrived", !isOwn);
}

// What tells an id from others.
export function shortId(id) {
	const [, place] = PLACE_ID.exec(id) ?? [];
	const [, own] = OWN_ID.exec(id) ?? CURSOR.exec(id) ?? [];

	if (place)
		return `byte ${grouped(parseInt(place, 16))}`;
	return own ?? (id.length > ID_END ? `\u2026${id.slice(-ID_END)}` : id);
}

function fillId(element, id) {
	element.textContent = visible(shortId(id));
	element.title = visible(cut(id, 1024, 1));
}

// Appends a text, or its beginning and buttons to show and copy all of it.
function appendCut(element, text, copy) {
	const before = [...element.childNodes];
	const beginning = cut(text, SHOWN_CHARACTERS, SHOWN_LINES);

	appendText(element, beginning);
	if (beginning.length === text.length)
		return;
	const more = makeElement("span", "more", "");
	const copier = makeButton("Copy", () => copy(text));
	const size = count(text.length, "character");

	more.append(makeButton(`Show all ${size}`, () => {
		element.replaceChildren(...before);
		appendText(element, text);
		more.replaceChildren(copier);
		element.append(more);
		copier.focus();
	}), " ", copier);
	element.append("\u2026", more);
}

// The time of a line is in the column before it, and so it is there for copying
// only.
function appendLine(element, text, { end, sender }, copy) {
	const own = end > 0 && !text.includes("\x1b");
	const rest = own ? text.slice(end) : text;

	if (own)
		element.append(makeElement("span", "own", visible(text.slice(0, end))),
		    makeElement("span", "rest", visible(sender)));
	appendCut(element, own ? rest.slice(sender.length) : rest, copy);
}

function appendRecord(element, { fields, level, says, message, rest }) {
	const said = String(fields[says]);
	const word = /^\d+$/.test(said) ? level : said;

	if (says)
		element.append(makeElement("span", "says",
		    visible(cut(word.toUpperCase(), 12, 1))), " ");
	appendText(element, cut(message, SHOWN_CHARACTERS, SHOWN_LINES));
	if (rest)
		element.append(message && " ", makeElement("span", "rest",
		    visible(cut(rest, SHOWN_CHARACTERS, 1))));
}

function appendOpened(element, { value, fields }, data, copy) {
	const text = JSON.stringify(value ?? fields, null, "  ");

	element.append(makeElement("span", "fields", visible(text)),
	    makeButton("Copy", () => copy(value ? text : data)));
}

function fillData(element, { event, record }, copy) {
	if (record.message === undefined)
		appendLine(element, event.data, record, copy);
	else
		appendRecord(element, record);
}

// A click anywhere but on selected text opens the row, and closes it again.
function makeOpenable(element, entry, copy) {
	const opener = makeButton("", () => {});

	opener.className = "opener";
	opener.ariaLabel = "Details";
	opener.ariaExpanded = "false";
	opener.tabIndex = -1;
	element.prepend(opener);
	listen(element, "click", ({ target }) => {
		const isOpen = opener.ariaExpanded === "false";
		const record = recordOf(entry.event);

		if (target.closest("button, .fields") &&
		    target !== opener || !getSelection().isCollapsed)
			return;
		opener.ariaExpanded = String(isOpen);
		element.replaceChildren(opener);
		if (isOpen)
			appendOpened(element, record, entry.event.data, copy);
		else
			fillData(element, { event: entry.event, record }, copy);
	});
}

// Makes a row of the template for an entry of kept.js. copy(text) copies.
export function makeRow(template, entry, copy) {
	const row = template.cloneNode(true);
	const [time, type, data, id] = row.children;

	fillTime(time, entry);
	if (entry.type === null) {
		row.className = `row note ${entry.kind}`;
		data.textContent = entry.text;
		return row;
	}
	if (entry.record.level)
		row.dataset.level = entry.record.level;
	type.textContent = entry.type.name;
	type.className = `type ${entry.type.colour}`;
	fillData(data, entry, copy);
	if (entry.record.fields)
		makeOpenable(data, entry, copy);
	if (entry.event.hasId)
		fillId(id, entry.event.id);
	return row;
}
