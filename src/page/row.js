// SPDX-License-Identifier: MIT

// An event as a row. Its content is only text.

import { copy } from "./clipboard.js";
import { at, listen, makeButton, makeElement } from "./element.js";
import { recordOf } from "./records.js";
import { appendText } from "./terminal.js";
import { begun, clock, count, cut, grouped, plain, visible } from "./text.js";

// How much of an event is shown until the reader asks for all of it.
const SHOWN_CHARACTERS = 1000;
const SHOWN_LINES = 40;

const TABLE_CHARACTERS = 500; // in which columns are looked for
const COLUMNS_MIN = 4;

const template = at("row").content.firstElementChild;

const ID_END = 6; // of an id its end, where it differs from the last

// The number in an id that pipecast makes, the count in a journal's cursor, and
// the place in a file behind an id.
const TELLING = new RegExp("^s-[^-]*-(\\d+)$|^s=\\w+;(i=[\\da-f]+);|" +
    "^f-([\\da-f]{1,13})-[\\da-f]+-[\\da-f]+$");

// The event's own time; or when it arrived, and then it is marked.
function fillTime(element, entry) {
	const { date, record, group } = entry;
	const own = new Date(record?.ms);
	const isOwn = !isNaN(own);

	element.title = isOwn ? own.toISOString() :
	    `Arrived ${date.toISOString()}`;
	if (isOwn)
		element.textContent = clock(own, record.hasMs, date);
	else if ((group?.[0] ?? entry) === entry)
		element.textContent = clock(date, true, date);
	element.classList.toggle("arrived", !isOwn);
}

// What tells an id from others.
function shortId(id) {
	const [, number, counted, place] = TELLING.exec(id) ?? [];

	if (place)
		return `byte ${grouped(parseInt(place, 16))}`;
	return number ?? counted ??
	    (id.length > ID_END ? `\u2026${id.slice(-ID_END)}` : id);
}

function fillId(element, id) {
	element.textContent = visible(shortId(id));
	element.title = begun(id, 1024);
}

// Appends a text, or its beginning and buttons to show and copy all of it.
function appendCut(element, text) {
	const before = [...element.childNodes];
	const beginning = cut(text, SHOWN_CHARACTERS, SHOWN_LINES);

	appendText(element, beginning);
	if (beginning.length === text.length)
		return;
	const more = makeElement("span", "more");
	const copier = makeButton("Copy", () => copy(text));

	more.append(makeButton(`Show all ${count(text.length, "character")}`,
	    () => {
		element.replaceChildren(...before);
		appendText(element, text);
		more.replaceChildren(copier);
		element.append(more);
		copier.focus();
	}), " ", copier);
	element.append("\u2026", more);
}

const styled = (className, text, most = Infinity) =>
    makeElement("span", className, begun(text, most));

// The time of a line is in the column before it, and so it is there for copying
// only.
function appendLine(element, text, { end, sender }) {
	const own = end > 0 && !text.includes("\x1b");
	const rest = own ? text.slice(end) : text;

	if (own)
		element.append(styled("own", text.slice(0, end)),
		    styled("rest", sender));
	appendCut(element, own ? rest.slice(sender.length) : rest);
}

function appendRecord(element, { fields, level, says, message, rest }) {
	const said = String(fields[says]);
	const word = /^\d+$/.test(said) ? level : said;

	if (says)
		element.append(styled("says", word.toUpperCase(), 12), " ");
	appendText(element, cut(message, SHOWN_CHARACTERS, SHOWN_LINES));
	if (rest)
		element.append(message && " ",
		    styled("rest", rest, SHOWN_CHARACTERS));
}

function appendOpened(element, { value, fields }, data) {
	const text = JSON.stringify(value ?? fields, null, "  ");

	element.append(makeElement("span", "fields", visible(text)),
	    makeButton("Copy", () => copy(value ? text : data)));
}

function fillData(element, { data }, record) {
	if (record.message === undefined)
		appendLine(element, data, record);
	else
		appendRecord(element, record);
}

// A click anywhere but on selected text opens the row, and closes it again.
function makeOpenable(element, event) {
	const opener = makeElement("button", "opener");

	opener.ariaLabel = "Details";
	opener.ariaExpanded = false;
	opener.tabIndex = -1;
	element.prepend(opener);
	listen(element, "click", ({ target }) => {
		const isOpen = opener.ariaExpanded === "false";
		const record = recordOf(event);

		if (target.closest("button, .fields") &&
		    target !== opener || !getSelection().isCollapsed)
			return;
		opener.ariaExpanded = isOpen;
		element.replaceChildren(opener);
		if (isOpen)
			appendOpened(element, record, event.data);
		else
			fillData(element, event, record);
	});
}

// A row of a table, or what a compiler quotes or marks: if it was wrapped,
// columns would not be below each other.
const hasColumns = (text) => /^ +\d* \|/.test(text) ||
    text.split(/\S(?: {2,}|\t+)(?=\S)/).length > COLUMNS_MIN;

// Makes a row for an entry of kept.js.
export function makeRow(entry) {
	const row = template.cloneNode(true);
	const [time, type, data, id] = row.children;
	const { event, record, type: its } = entry;

	fillTime(time, entry);
	if (!its) {
		row.className = `row note ${entry.kind}`;
		data.textContent = entry.text;
		return row;
	}
	if (record.level)
		row.dataset.level = record.level;
	type.textContent = its.name;
	type.className = `type ${its.colour}`;
	fillData(data, event, record);
	if (hasColumns(plain(event.data.slice(0, TABLE_CHARACTERS))))
		row.dataset.wide = "";
	if (record.fields)
		makeOpenable(data, event);
	if (event.hasId)
		fillId(id, event.id);
	return row;
}
