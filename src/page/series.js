// SPDX-License-Identifier: MIT

// The values of a chart over time, in its newest cells. A cell holds the
// lowest, the highest and the last of the values that come within CELL_MS, so
// that none is lost however many there are. Cells are in the order of their
// times, even if the events are not. A cell is cut if the line does not go on
// to it from the one before, guessed if its time is not known exactly.

import { max, min } from "./brief.js";

const CELL_MS = 100;
const CELLS_MAX = 3000;
const GUESS_MS = 1000; // between values of which only the order is known
const SURE = 8; // cells after which the pace is known
const SLOWER = 1.5; // at most, after one interval
const FASTER = 1.2;
const PAUSE = 5; // usual intervals without a value
const PAUSE_MIN_MS = 2000;

export class Series {
	n = 0; // values so far
	cells = []; // { ms, first, last, low, high, isCut, isGuessed }
	paceMs = 0; // usual time from one cell to the next, 0: not known
	#past = []; // values that came all at once
	#pastMs;
	#isCut = false; // before the next cell
	#nTimed = 0; // values that came one by one
	#nTimedCells = 0; // that these made
	#guessMs = GUESS_MS;

	get newest() {
		return this.cells.at(-1);
	}

	// How long there is no value before the line does not go on.
	get pauseMs() {
		return max(PAUSE_MIN_MS, PAUSE * this.paceMs);
	}

	// The index of the last cell at a time or before it, or -1.
	indexAt(ms) {
		return this.cells.findLastIndex((cell) => cell.ms <= ms);
	}

	// Adds a value at its time.
	add(value, ms) {
		this.settle();
		const { newest } = this;

		this.#put(value, ms);
		this.#nTimed++;
		if (this.newest !== newest && this.#nTimedCells++ < SURE &&
		    this.paceMs > 0)
			this.#guessAgain();
	}

	// Adds a value that comes together with those of a time before ms: what
	// the server still had. They are as far apart as the values after them.
	addPast(value, ms) {
		this.#past.push(value);
		this.#pastMs = ms;
		if (this.#past.length > 2 * CELLS_MAX)
			this.#past.splice(0, CELLS_MAX);
	}

	// Places what addPast() has added.
	settle() {
		const values = this.#past.splice(0);
		const n = values.length;
		const isFirst = this.#nTimed === 0;
		const room = isFirst ? Infinity :
		    (this.#pastMs - this.newest.ms) / (n + 1);
		const step = min(this.paceMs || this.#guessMs, room);

		for (const cell of isFirst ? this.cells : [])
			cell.ms -= n * step;
		values.forEach((value, i) =>
		    this.#put(value, this.#pastMs - (n - 1 - i) * step, true));
	}

	// The line does not go on to the next value.
	cut() {
		this.settle();
		this.#isCut = true;
	}

	#put(value, ms, isGuessed = false) {
		const at = this.indexAt(ms);
		let cell = this.cells[at];

		if (!cell || this.#isCut || ms - cell.ms >= CELL_MS) {
			if (cell && cell === this.newest)
				this.#keepPace(ms - cell.ms);
			cell = { ms, first: value, low: value, high: value,
				isCut: this.#isCut, isGuessed };
			this.#isCut = false;
			this.cells.splice(at + 1, 0, cell);
			if (this.cells.length > CELLS_MAX)
				this.cells.shift();
		}
		this.n++;
		cell.low = min(cell.low, value);
		cell.high = max(cell.high, value);
		cell.last = value;
	}

	// A long interval counts little; so does a change, unless it stays.
	#keepPace(ms) {
		const paceMs = this.paceMs || ms;

		if (this.#nTimed > 0)
			this.paceMs = min(max(ms, paceMs / FASTER),
			    paceMs * SLOWER);
	}

	// Places the past anew, now that the pace is known better: that of
	// values, of which a cell may have many.
	#guessAgain() {
		const past = this.cells.filter(({ isGuessed }) => isGuessed);
		const guessMs = this.paceMs * this.#nTimedCells / this.#nTimed;
		const factor = guessMs / this.#guessMs;
		const endMs = past.at(-1)?.ms;

		for (const cell of past)
			cell.ms = endMs - (endMs - cell.ms) * factor;
		this.#guessMs = guessMs;
	}
}
