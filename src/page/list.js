// SPDX-License-Identifier: MIT

// The events as rows, the newest last. The content of an event is only text.
// Nothing that the reader has scrolled up to is taken away, up to a limit. Of
// the events that the filter lets through, as many are kept as without one.

import { at, listen, makeElement, setText } from "./element.js";
import { ENTRIES_MAX, Kept, passedNote } from "./kept.js";
import { makeRow } from "./row.js";
import { grouped } from "./text.js";

// Rows are in groups, so that the browser need not look at every row out of
// sight whenever a row is added or removed.
const GROUP_ROWS = 64;

const EVENT_MAX = 65536; // characters that a browser keeps for the page

const ALMOST = 2; // pixels from the end are at the end

const HELD_FACTOR = 4; // as many rows are kept for one who reads

// What scrolls up. To the browser it may be too small a way to be seen if the
// end moves on meanwhile.
const UP = ["ArrowUp", "PageUp", "Home"];

const scroller = at("log");
const rows = at("rows");

export const kept = new Kept();
export let shown = 0; // events that the filter lets through
export let dropped = 0; // events that are no longer kept
export let isFiltered = false; // whether any may be hidden
let unseen = 0; // events shown since the reader left the end
let accepts = () => true;
let follows = true;
let stuckAt = 0; // where the end was
const lastOf = new Map(); // entry of a type
let top = 0; // of what is seen
let current; // entry that step() has gone to
let timeWidth = 12; // characters
let unmatched = 0; // events that the filter kept out, no longer kept

// Whether an entry is an event that is shown; as a number, 1 or 0.
const isShown = ({ type, row }) => type && !row.hidden;
const isHidden = ({ row }) => row.hidden;

// Adds entries and drops those that are too old.
export function append(entries) {
	for (const entry of entries) {
		entry.row = makeRow(entry);
		entry.row.hidden = true;
		widen(entry.row.firstElementChild.textContent.length);
		place(entry);
		showAccepted(entry);
		isFiltered ||= entry.row.hidden;
	}
	for (const entry of kept.trim(heldFactor(),
	    isFiltered ? isHidden : undefined)) {
		shown -= isShown(entry) ? 1 : 0;
		dropped += entry.type ? 1 : 0;
		unmatched += isHidden(entry);
		remove(entry.row);
	}
	stick();
	showEnd();
}

const heldFactor = () => follows ? 1 : HELD_FACTOR;

// The most rows that are kept now.
export const most = () => ENTRIES_MAX * heldFactor();

// The column of times is as wide as the longest of them.
function widen(length) {
	if (length <= timeWidth)
		return;
	timeWidth = length;
	rows.style.setProperty("--time", `${length}ch`);
}

// A state of a progress bar takes the place of the one before it, unless events
// are missing between them.
function place(entry) {
	const { event, row, type } = entry;
	const before = lastOf.get(type);

	if (type)
		lastOf.set(type, entry);
	else
		lastOf.clear();
	if (event?.replaces && kept.replace(before, entry)) {
		shown -= isShown(before) ? 1 : 0;
		before.row.replaceWith(row);
	} else {
		lastGroup().append(row);
		kept.push(entry);
	}
}

// { event, id, n } of the oldest event with an ID, and how many events there are
// after it, if there is one. The event is left out if it is too large.
export function beginning() {
	const events = kept.entries.filter(({ type }) => type);
	const i = events.findIndex(({ event }) => event.hasId);
	const { event } = events[i] ?? {};

	return event && {
		event: event.data.length > EVENT_MAX ? undefined : event,
		id: event.id,
		n: events.length - i - 1,
	};
}

// Notes where events are missing that an earlier filter kept out.
function noteUnmatched() {
	const { entries } = kept;
	const i = entries.findIndex(isHidden);
	const entry = passedNote(unmatched, "no match");

	if (unmatched === 0 || i < 0)
		return;
	unmatched = 0;
	entry.row = makeRow(entry);
	entries[i].row.before(entry.row);
	entries.splice(i, 0, entry);
}

// Shows all that stays together with an entry if any of it is accepted.
function showAccepted(entry) {
	const together = entry.group ?? [entry];

	if (!isHidden(entry))
		return;
	if (together.length > 1 && !isHidden(together[0]))
		show(entry);
	else if (accepts(entry))
		together.forEach(show);
}

function show({ row, type }) {
	const n = type ? 1 : 0;

	if (!row?.hidden || !row.parentElement)
		return;
	row.hidden = false;
	shown += n;
	if (!follows)
		unseen += n;
}

function lastGroup() {
	const last = rows.lastElementChild;

	if (last?.childElementCount < GROUP_ROWS)
		return last;
	const group = makeElement("div", "group");

	rows.append(group);
	return group;
}

function remove(row) {
	const group = row.parentElement;

	row.remove();
	if (!group.hasChildNodes())
		group.remove();
}

export function clearList() {
	kept.take();
	rows.replaceChildren();
	shown = dropped = unmatched = 0;
	toEnd();
}

// Shows the rows whose entries it accepts, now and from now on.
export function filter(acceptsNow) {
	const { entries } = kept;

	noteUnmatched();
	accepts = acceptsNow;
	shown = 0;
	for (const { row } of entries)
		row.hidden = true;
	entries.forEach(showAccepted);
	isFiltered = entries.some(isHidden);
	stick();
}

// Goes to the next row that the filter lets through, or the previous one; from
// the last one at first.
export function stepTo(by) {
	const all = kept.entries.filter(isShown);
	const i = all.indexOf(current);

	current?.row.classList.remove("current");
	current = all[(i + (i < 0 ? 0 : by) + all.length) % all.length];
	current?.row.classList.add("current");
	leave();
	current?.row.scrollIntoView({ block: "center" });
}

// The number of the row that stepTo() went to, among those that are shown; 0 if
// it is not one of them any more.
export const currentNumber = () =>
    kept.entries.filter(isShown).indexOf(current) + 1;

export const currentText = () => current?.event.data ?? "";

// Opens the row that stepTo() went to, or closes it again.
export function openCurrent() {
	current?.row.querySelector(".opener, .more button")?.click();
}

// The texts of the rows in sight.
export function textsInSight() {
	const { top, bottom } = scroller.getBoundingClientRect();
	const isSeen = (element) => {
		const place = element.getBoundingClientRect();

		return place.bottom > top && place.top < bottom;
	};

	return [...rows.children].filter(isSeen)
	    .flatMap(({ children }) => [...children].filter(isSeen))
	    .map((row) => row.querySelector(".data"));
}

export const shownEntries = () =>
    kept.entries.filter((entry) => !isHidden(entry));

// The view stays at the end unless the reader leaves it.

export function toEnd() {
	setFollows(true);
	unseen = 0;
	stick();
}

function leave() {
	if (follows && endOf(scroller) > 0)
		setFollows(false);
}

// Once the reader has left the end, the browser keeps the rows in sight where
// they are, even if rows above them are taken away.
function setFollows(isFollowing) {
	follows = isFollowing;
	scroller.classList.toggle("following", follows);
	showEnd();
}

function showEnd() {
	at("end").hidden = follows;
	setText(at("end"), unseen === 0 ? "Jump to latest \u2193" :
	    `${grouped(unseen)} new \u2193`);
}

const endOf = ({ scrollHeight, clientHeight }) => scrollHeight - clientHeight;

// What is scrolled here is not the reader's doing.
function stick() {
	if (!follows)
		return;
	scroller.scrollTop = stuckAt = endOf(scroller);
	top = scroller.scrollTop;
}

// The reader has scrolled; or the browser, if the end has moved.
function onScroll() {
	const end = endOf(scroller);
	const { scrollTop } = scroller;
	const isDown = scrollTop > top;

	top = scrollTop;
	if (end - scrollTop >= ALMOST) {
		if (end === stuckAt)
			leave();
		else
			stick();
	} else if (!follows && isDown) {
		toEnd();
	}
}

listen(scroller, "scroll", onScroll);
listen(scroller, "wheel", ({ deltaY }) => deltaY < 0 && leave(),
    { passive: true });
listen(scroller, "keydown", ({ key }) => UP.includes(key) && leave());

// What is selected must not run out of sight.
listen(document, "selectionchange", () => {
	const { isCollapsed, anchorNode } = getSelection();

	if (!isCollapsed && rows.contains(anchorNode))
		leave();
});

// Nor must what the reader has opened, and it is seen to its end.
listen(rows, "click", (event) => {
	const path = event.composedPath();
	const row = path[path.indexOf(rows) - 2];

	if (row?.querySelector(".fields, .more")) {
		leave();
		row.scrollIntoView({ block: "nearest" });
	}
});

// Text is wrapped where the view ends, even beside a wider table. A style would
// be a container, which takes the browser longer for each row. Groups are
// measured only when they come into sight.
const observer = new ResizeObserver(() => {
	rows.style.setProperty("--seen", `${scroller.clientWidth}px`);
	requestAnimationFrame(stick);
});

observer.observe(scroller);
observer.observe(rows);
