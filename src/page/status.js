// SPDX-License-Identifier: MIT

// Shows the state of the connection, and how many events arrive: in words, in
// the title and as the icon of the tab.

import { iconOf } from "./icon.js";
import { ENTRIES_MAX } from "./kept.js";
import { count, grouped } from "./text.js";

const RATE_MS = 5000; // over which events are counted
const RATE_LEAST_MS = 1000;
const PAUSE_MS = 100; // after which what comes is no longer the past
const QUIET_S = 5; // up to which silence is not mentioned
const SLOW_MS = 6000; // after which a slow connection is explained

const words = {
	connecting: "Connecting",
	open: "Live",
	paused: "Paused",
	waiting: "Reconnecting",
	full: "Full",
	resting: "Resting",
	ended: "Ended",
	failed: "Failed",
	stopped: "Stopped",
};

const buttons = {
	waiting: "Reconnect now",
	full: "Try again",
	ended: "Clear and start again",
	failed: "Clear and start again",
	stopped: "Try again",
};

export class Status {
	#at;
	#title;
	#state = { name: "connecting" };
	#isPaused = false;
	#word = "";
	#unseen = 0;
	#since = performance.now(); // when it became so
	#heardAt = 0;
	#heardTotal = 0; // events up to then
	#isPast = true;
	#totals = []; // of the last seconds, the newest last

	// at(id) gives an element: state, word, countdown, reason, again, icon
	// or figures.
	constructor(at, title) {
		this.#at = at;
		this.#title = title;
	}

	get state() {
		return this.#state.name;
	}

	get isFull() {
		return this.#state.isFull;
	}

	// Shows a state of connection.js, "resting", or "failed" with a detail.
	show(state) {
		this.#state = state;
		this.#isPast = true;
		this.#since = this.#heardAt = performance.now();
		this.#at("reason").textContent = state.reason ?? "";
		this.#showName();
	}

	// Whether nothing new is shown for now, though it arrives.
	set isPaused(isPaused) {
		this.#isPaused = isPaused;
		this.#showName();
	}

	// How many events came while nobody was looking.
	set unseen(unseen) {
		this.#unseen = unseen;
		this.#showTitle();
	}

	get #shownName() {
		const { name, isFull } = this.#state;

		if (name === "open" && this.#isPaused)
			return "paused";
		return name === "waiting" && isFull ? "full" : name;
	}

	#showName() {
		const name = this.#shownName;
		const { detail } = this.#state;
		const again = this.#at("again");

		this.#word = words[name] + (detail ? ` (${detail})` : "");
		this.#at("word").textContent = this.#word;
		this.#at("state").className = name;
		this.#at("icon").href = iconOf(name);
		again.hidden = !buttons[name];
		again.textContent = buttons[name];
		this.#showTitle();
	}

	#showTitle() {
		const before = [
			this.#unseen > 0 && grouped(this.#unseen),
			this.#shownName !== "open" && this.#word.toLowerCase(),
		].filter((text) => text).join(", ");
		const title = (before && `(${before}) `) + this.#title;

		if (document.title !== title)
			document.title = title;
	}

	// Something has arrived, perhaps only a comment; total is the number of
	// events with it. What comes at once after connecting is the past, which
	// has no rate.
	heard(total) {
		const now = performance.now();

		if (this.#isPast && now - this.#heardAt > PAUSE_MS) {
			this.#isPast = false;
			this.#totals = [{ now, total: this.#heardTotal }];
		}
		this.#heardAt = now;
		this.#heardTotal = total;
	}

	// Updates the figures; to be called now and then. total, dropped, kept
	// and held are numbers of events. Returns the events per second.
	tick(figures) {
		const now = performance.now();
		const left = Math.ceil(
		    (this.#since + this.#state.waitMs - now) / 1000);
		const perSecond = this.#rate(now, figures.total);
		const { isFull } = this;

		this.#at("countdown").textContent =
		    left > 0 ? `${isFull ? "\u2013 next try " : ""}in ${left} s` :
		    "";
		this.#at("figures").textContent =
		    this.#figuresText(now, perSecond, figures);
		return perSecond;
	}

	#rate(now, total) {
		const totals = this.#totals;

		if (this.#isPast && now - this.#since < RATE_LEAST_MS)
			totals.length = 0;
		totals.push({ now, total });
		while (now - totals[0].now > RATE_MS)
			totals.shift();
		const ms = now - totals[0].now;

		return ms < RATE_LEAST_MS ? 0 :
		    (total - totals[0].total) / ms * 1000;
	}

	#figuresText(now, perSecond,
	    { total, viewers, dropped, kept, shown, most, isFiltered, reconnects, held,
	    passed, gaps, missed }) {
		const quietS = Math.floor((now - this.#heardAt) / 1000);
		const rate = perSecond < 10 ? perSecond.toFixed(1) :
		    grouped(Math.round(perSecond));

		// Terminal and /.status have the same words.
		return [
			count(total, "event"),
			perSecond > 0 && `${rate}/s`,
			perSecond === 0 && this.state === "open" &&
			    quietS > QUIET_S && `last heard ${quietS} s ago`,
			viewers > 0 && count(viewers, "viewer"),
			isFiltered ?
			    `${grouped(shown)} of ${grouped(kept)} match` :
			    dropped > 0 && `showing the last ${grouped(kept)}`,
			shown > ENTRIES_MAX &&
			    `up to ${grouped(most)} while scrolled up`,
			passed > 0 && `${grouped(passed)} passed`,
			gaps > 0 && count(gaps, "gap") + (missed > 0 ?
			    `, ${grouped(missed)} missed` : ""),
			reconnects > 0 && count(reconnects, "reconnect"),
			held > 0 && `${grouped(held)} new while paused`,
		].filter((text) => text).join(" \u00b7 ");
	}

	// The text to show in place of events.
	emptyText(hasSeen) {
		if (this.state === "open")
			return `Connected. Waiting for the ${
			    hasSeen ? "next" : "first"} event\u2026`;
		if (this.state === "waiting")
			return "Not connected.";
		if (this.state !== "connecting")
			return "No events.";
		return performance.now() - this.#since < SLOW_MS ?
		    "Connecting\u2026" :
		    "Still connecting. Over HTTP/1.1 a browser opens six " +
		    "connections to a server, which other tabs may hold. " +
		    "Hidden ones give theirs back after a minute.";
	}
}
