// SPDX-License-Identifier: MIT

// The events as rows, the newest last. The content of an event is only text.
// Nothing that the reader has scrolled up to is taken away, up to a limit. Of
// the events that the filter lets through, as many are kept as without one.

import { listen, makeElement } from "./element.js";
import { ENTRIES_MAX, Kept, passedNote } from "./kept.js";
import { makeRow } from "./row.js";

// Rows are in groups, so that the browser need not look at every row out of
// sight whenever a row is added or removed.
const GROUP_ROWS = 64;

const ALMOST = 2; // pixels from the end are at the end

const HELD_FACTOR = 4; // as many rows are kept for one who reads

// What scrolls up. To the browser it may be too small a way to be seen if the
// end moves on meanwhile.
const UP = ["ArrowUp", "PageUp", "Home"];

export class EventList {
	kept = new Kept();
	#scroller;
	#rows;
	#template;
	#accepts = () => true;
	#copy;
	#onScroll;
	#follows = true;
	#stuckAt = 0; // where the end was
	#lastOf = new Map(); // entry of a type
	#top = 0; // of what is seen
	#current; // entry that step() has gone to
	#timeWidth = 12; // characters
	#unmatched = 0; // events that the filter kept out, no longer kept

	// Rows are copies of the template, in rows, in the scroller. copy(text)
	// copies, onScroll() is called when follows or unseen have changed.
	constructor({ scroller, rows, template }, copy, onScroll) {
		this.#scroller = scroller;
		this.#rows = rows;
		this.#template = template.content.firstElementChild;
		this.#copy = copy;
		this.#onScroll = onScroll;
		this.shown = 0; // events that the filter lets through
		this.unseen = 0; // of them, those since the reader left the end
		this.dropped = 0; // events that are no longer kept
		this.isFiltered = false; // whether any may be hidden
		listen(scroller, "scroll", () => this.#scrolled());
		listen(scroller, "wheel", ({ deltaY }) => {
			if (deltaY < 0)
				this.#leave();
		}, { passive: true });
		listen(scroller, "keydown", ({ key }) => {
			if (UP.includes(key))
				this.#leave();
		});
		// What is selected must not run out of sight.
		listen(document, "selectionchange", () => {
			const { isCollapsed, anchorNode } = getSelection();

			if (!isCollapsed && rows.contains(anchorNode))
				this.#leave();
		});
		// Groups are measured only when they come into sight.
		const observer = new ResizeObserver(
		    () => requestAnimationFrame(() => this.#stick()));

		observer.observe(scroller);
		observer.observe(rows);
	}

	get follows() {
		return this.#follows;
	}

	// Adds entries and drops those that are too old.
	append(entries) {
		for (const entry of entries) {
			entry.row = makeRow(this.#template, entry, this.#copy);
			entry.row.hidden = true;
			this.#widen(entry.row.firstElementChild);
			this.#place(entry);
			this.#showAccepted(entry);
			this.isFiltered ||= entry.row.hidden;
		}
		for (const entry of this.#trimmed()) {
			this.shown -= isShown(entry);
			this.dropped += entry.type !== null;
			this.#unmatched += entry.row.hidden;
			this.#remove(entry.row);
		}
		this.#stick();
	}

	// The column of times is as wide as the longest of them.
	#widen({ textContent: { length } }) {
		if (length <= this.#timeWidth)
			return;
		this.#timeWidth = length;
		this.#rows.style.setProperty("--time", `${length}ch`);
	}

	// A state of a progress bar takes the place of the one before it.
	#place(entry) {
		const { event, row, type } = entry;
		const before = this.#lastOf.get(type);

		this.#lastOf.set(type, entry);
		if (event?.replaces && this.kept.replace(before, entry)) {
			this.shown -= isShown(before);
			before.row.replaceWith(row);
		} else {
			this.#lastGroup().append(row);
			this.kept.push(entry);
		}
	}

	#trimmed() {
		const factor = this.#follows ? 1 : HELD_FACTOR;

		return this.isFiltered ?
		    this.kept.trim(factor, ({ row }) => row.hidden) :
		    this.kept.trim(factor);
	}

	// { id, n } of the oldest event with an ID, and how many events there
	// are after it; or null.
	get beginning() {
		const events = this.kept.entries.filter(({ type }) => type);
		const at = events.findIndex(({ event }) => event.hasId);

		return at < 0 ? null :
		    { id: events[at].event.id, n: events.length - at - 1 };
	}

	// The most rows that are kept now.
	get max() {
		return ENTRIES_MAX * (this.#follows ? 1 : HELD_FACTOR);
	}

	// Notes where events are missing that an earlier filter kept out.
	#noteUnmatched() {
		const { entries } = this.kept;
		const at = entries.findIndex(({ row }) => row.hidden);
		const entry = passedNote(this.#unmatched, "no match");

		if (this.#unmatched === 0 || at < 0)
			return;
		this.#unmatched = 0;
		entry.row = makeRow(this.#template, entry, this.#copy);
		entries[at].row.before(entry.row);
		entries.splice(at, 0, entry);
	}

	// Shows all that stays together with an entry if any of it is accepted.
	#showAccepted(entry) {
		const together = entry.group ?? [entry];

		if (!entry.row.hidden)
			return;
		if (together.length > 1 && !together[0].row.hidden)
			this.#show(entry);
		else if (this.#accepts(entry))
			together.forEach((each) => this.#show(each));
	}

	#show(entry) {
		const { row, type } = entry;

		if (!row?.hidden || !row.parentElement)
			return;
		row.hidden = false;
		this.shown += type !== null;
		if (!this.#follows)
			this.unseen += type !== null;
	}

	#lastGroup() {
		const last = this.#rows.lastElementChild;

		if (last && last.childElementCount < GROUP_ROWS)
			return last;
		const group = makeElement("div", "group");

		this.#rows.append(group);
		return group;
	}

	#remove(row) {
		const group = row.parentElement;

		row.remove();
		if (!group.hasChildNodes())
			group.remove();
	}

	clear() {
		this.kept.take();
		this.#rows.replaceChildren();
		this.shown = this.dropped = this.#unmatched = 0;
		this.toEnd();
	}

	// Shows the rows whose entries it accepts, now and from now on.
	filter(accepts) {
		this.#noteUnmatched();
		this.#accepts = accepts;
		this.shown = 0;
		for (const { row } of this.kept.entries)
			row.hidden = true;
		for (const entry of this.kept.entries)
			this.#showAccepted(entry);
		this.isFiltered = this.kept.entries.some(
		    ({ row }) => row.hidden);
		this.#stick();
	}

	// Goes to the next row that the filter lets through, or the previous one;
	// from the last one at first.
	step(by) {
		const all = this.kept.entries.filter(isShown);
		const at = all.indexOf(this.#current);
		const next = (at + (at < 0 ? 0 : by) + all.length) % all.length;

		this.#current?.row.classList.remove("current");
		this.#current = all[next];
		this.#current?.row.classList.add("current");
		this.#leave();
		this.#current?.row.scrollIntoView({ block: "center" });
	}

	// The number of the row that step() went to, among those that are shown;
	// 0 if it is not one of them any more.
	get current() {
		return this.kept.entries.filter(isShown)
		    .indexOf(this.#current) + 1;
	}

	get currentText() {
		return this.#current?.event.data ?? "";
	}

	// Opens the row that step() went to, or closes it again.
	openCurrent() {
		this.#current?.row.querySelector(".opener, .more button")
		    ?.click();
	}

	// The texts of the rows in sight.
	get inSight() {
		const { top, bottom } = this.#scroller.getBoundingClientRect();
		const isSeen = (element) => {
			const place = element.getBoundingClientRect();

			return place.bottom > top && place.top < bottom;
		};

		return [...this.#rows.children].filter(isSeen)
		    .flatMap(({ children }) => [...children].filter(isSeen))
		    .map((row) => row.querySelector(".data"));
	}

	shownEntries() {
		return this.kept.entries.filter(({ row }) => !row.hidden);
	}

	// The view stays at the end unless the reader leaves it.

	toEnd() {
		this.#setFollows(true);
		this.unseen = 0;
		this.#stick();
		this.#onScroll();
	}

	#leave() {
		if (!this.#follows || this.#end() === 0)
			return;
		this.#setFollows(false);
		this.#onScroll();
	}

	// Only for one who reads, the browser keeps what is in sight where it is
	// while rows above it are taken away.
	#setFollows(follows) {
		this.#follows = follows;
		this.#scroller.classList.toggle("following", follows);
	}

	#end() {
		const { scrollHeight, clientHeight } = this.#scroller;

		return scrollHeight - clientHeight;
	}

	#stick() {
		if (!this.#follows)
			return;
		this.#stuckAt = this.#end();
		this.#scroller.scrollTop = this.#stuckAt;
	}

	// The reader has scrolled; or the browser, if the end has moved.
	#scrolled() {
		const end = this.#end();

		const { scrollTop } = this.#scroller;
		const isDown = scrollTop > this.#top;

		this.#top = scrollTop;
		if (end - scrollTop >= ALMOST) {
			if (end === this.#stuckAt)
				this.#leave();
			else
				this.#stick();
		} else if (!this.#follows && isDown) {
			this.toEnd();
		}
	}
}

// Booleans count as 0 and 1.
function isShown({ type, row }) {
	return type !== null && !row.hidden;
}
