// SPDX-License-Identifier: MIT

// The events as rows, the newest last. The content of an event is only text.

import { Kept } from "./kept.js";
import { clock, count, cut, visible } from "./text.js";

// How much of an event is shown until the reader asks for all of it.
const SHOWN_CHARACTERS = 1000;
const SHOWN_LINES = 40;

const ID_END = 6; // of an id its end, where it differs from the last

// Rows are in groups, so that the browser need not look at every row out of
// sight whenever a row is added or removed.
const GROUP_ROWS = 64;

const ALMOST = 2; // pixels from the end are at the end

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
		scroller.addEventListener("scroll", () => this.#scrolled());
		scroller.addEventListener("wheel", ({ deltaY }) => {
			if (deltaY < 0)
				this.#leave();
		}, { passive: true });
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
			entry.row = this.#makeRow(entry);
			entry.row.hidden = !this.#accepts(entry);
			this.shown += isShown(entry);
			if (!this.#follows)
				this.unseen += isShown(entry);
			this.#lastGroup().append(entry.row);
			this.kept.push(entry);
		}
		for (const entry of this.kept.trim()) {
			this.shown -= isShown(entry);
			this.dropped += entry.type !== null;
			this.#remove(entry.row);
		}
		this.#stick();
	}

	#lastGroup() {
		const last = this.#rows.lastElementChild;

		if (last && last.childElementCount < GROUP_ROWS)
			return last;
		const group = document.createElement("div");

		group.className = "group";
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
		this.shown = this.dropped = 0;
		this.toEnd();
	}

	// Shows the rows whose entries it accepts, now and from now on.
	filter(accepts) {
		this.#accepts = accepts;
		this.shown = 0;
		for (const entry of this.kept.entries) {
			entry.row.hidden = !accepts(entry);
			this.shown += isShown(entry);
		}
		this.#stick();
	}

	shownEntries() {
		return this.kept.entries.filter(({ row }) => !row.hidden);
	}

	// The view stays at the end unless the reader leaves it.

	toEnd() {
		this.#follows = true;
		this.unseen = 0;
		this.#stick();
		this.#onScroll();
	}

	#leave() {
		if (!this.#follows || this.#end() === 0)
			return;
		this.#follows = false;
		this.#onScroll();
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

		if (end - this.#scroller.scrollTop >= ALMOST) {
			if (end === this.#stuckAt)
				this.#leave();
			else
				this.#stick();
		} else if (!this.#follows) {
			this.toEnd();
		}
	}

	// Rows.

	#makeRow(entry) {
		const row = this.#template.cloneNode(true);
		const [time, type, data, id] = row.children;

		time.textContent = clock(entry.date);
		time.title = entry.date.toISOString();
		if (entry.type === null) {
			row.className = `row note ${entry.kind}`;
			data.textContent = entry.text;
			return row;
		}
		type.textContent = entry.type.name;
		type.className = `type ${entry.type.colour}`;
		this.#fillData(data, entry.event.data);
		if (entry.event.hasId)
			fillId(id, entry.event.id);
		return row;
	}

	#fillData(element, data) {
		const beginning = cut(data, SHOWN_CHARACTERS, SHOWN_LINES);

		element.textContent = visible(beginning);
		if (beginning.length === data.length)
			return;
		const more = document.createElement("span");
		const size = count(data.length, "character");
		const all = button(`Show all ${size}`, () => {
			element.textContent = visible(data);
			more.replaceChildren(copy);
			element.append(more);
			copy.focus();
		});
		const copy = button("Copy", () => this.#copy(data));

		more.className = "more";
		more.append(all, " ", copy);
		element.append("\u2026", more);
	}
}

function fillId(element, id) {
	element.textContent = visible(id.length > ID_END ?
	    `\u2026${id.slice(-ID_END)}` : id);
	element.title = visible(cut(id, 1024, 1));
}

// Booleans count as 0 and 1.
function isShown({ type, row }) {
	return type !== null && !row.hidden;
}

function button(label, onClick) {
	const element = document.createElement("button");

	element.textContent = label;
	element.addEventListener("click", onClick);
	return element;
}
