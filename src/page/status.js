// SPDX-License-Identifier: MIT

// Shows the state of the connection, and how many events arrive: in words, in
// the title and as the icon of the tab.

import * as backlog from "./backlog.js";
import { elapsed, floor, round } from "./brief.js";
import { at, setText } from "./element.js";
import { ENTRIES_MAX } from "./kept.js";
import * as list from "./list.js";
import { iconOf, states } from "./states.js";
import { name } from "./stream.js";
import { count, grouped } from "./text.js";

const RATE_MS = 5000; // over which events are counted
const RATE_LEAST_MS = 1000;
const PAUSE_MS = 250; // after two of which what comes is no longer the past
const QUIET_S = 5; // up to which silence is not mentioned
const SLOW_MS = 6000; // after which a slow connection is explained

const { host } = location;
const title = name === host ? name : `${name} \u2013 ${host}`;

// What has come so far.
export const counts = {
	events: 0,
	viewers: 0, // now, or 0 if it is not known
	gaps: 0,
	missed: 0, // events, as gaps say
	reconnects: 0,
};

export let state = { name: "connecting" };
export let isPaused = false;
let hiddenAt; // events when the page was hidden
let since = elapsed(); // when the state became so
let heardAt = 0;
let isPast = true;
let ending; // timer
let totals = []; // of the last seconds, the newest last

// Shows a state of connection.js, "resting", or "failed" with a detail.
export function showState(next) {
	state = next;
	isPast = true;
	clearTimeout(ending);
	since = heardAt = elapsed();
	setText(at("reason"), state.reason ?? "");
	showName();
}

// Whether nothing new is shown for now, though it arrives.
export function setPaused(pauses) {
	isPaused = pauses;
	showName();
}

function shownName() {
	if (state.name === "open" && isPaused)
		return "paused";
	return state.isFull ? "full" : state.name;
}

const wordOf = ([word]) => word + (state.detail ? ` (${state.detail})` : "");

function showName() {
	const shown = states[shownName()];
	const [, colour, form, button] = shown;

	setText(at("word"), wordOf(shown));
	at("state").className = shownName();
	at("icon").href = iconOf(colour, form);
	at("again").hidden = !button;
	setText(at("again"), button);
	showTitle();
}

// With how many events came while nobody was looking.
function showTitle() {
	const unseen = document.hidden ? counts.events - hiddenAt : 0;
	const before = [
		unseen > 0 && grouped(unseen),
		shownName() !== "open" &&
		    wordOf(states[shownName()]).toLowerCase(),
	].filter(Boolean).join(", ");

	hiddenAt = document.hidden ? hiddenAt ?? counts.events : undefined;
	document.title = (before && `(${before}) `) + title;
}

// Something has arrived, perhaps only a comment. What comes at once after
// connecting is the past, which has no rate. A page that stood still meanwhile
// has what waited for it after the first timer.
export function heard() {
	heardAt = elapsed();
	clearTimeout(ending);
	if (isPast)
		ending = setTimeout(() => ending = setTimeout(endPast, PAUSE_MS),
		    PAUSE_MS);
}

function endPast() {
	isPast = false;
	totals = [];
}

// Updates what changes with time alone; to be called now and then.
export function tickStatus() {
	const now = elapsed();
	const left = Math.ceil((since + state.waitMs - now) / 1000);

	setText(at("countdown"), left > 0 ?
	    `${state.isFull ? "\u2013 next try " : ""}in ${left} s` : "");
	setText(at("figures"), figuresText(now, eventsPerSecond(now)));
	showTitle();
}

function eventsPerSecond(now) {
	if (isPast && now - since < RATE_LEAST_MS)
		totals = [];
	totals.push({ now, n: counts.events });
	while (now - totals[0].now > RATE_MS)
		totals.shift();
	const ms = now - totals[0].now;

	return ms < RATE_LEAST_MS ? 0 :
	    (counts.events - totals[0].n) / ms * 1000;
}

// Terminal and /.status have the same words.
function figuresText(now, perSecond) {
	const quietS = floor((now - heardAt) / 1000);
	const { events, viewers, gaps, missed, reconnects } = counts;
	const kept = grouped(list.kept.entries.length);

	return [
		count(events, "event"),
		perSecond > 0 ? `${perSecond < 10 ? perSecond.toFixed(1) :
		    grouped(round(perSecond))}/s` :
		    state.name === "open" && quietS > QUIET_S &&
		    `last heard ${quietS} s ago`,
		viewers > 0 && count(viewers, "viewer"),
		list.isFiltered ? `${grouped(list.shown)} of ${kept} match` :
		    list.dropped + backlog.dropped > 0 &&
		    `showing the last ${kept}`,
		list.shown > ENTRIES_MAX &&
		    `up to ${grouped(list.most())} while scrolled up`,
		backlog.passed > 0 && `${grouped(backlog.passed)} passed`,
		gaps > 0 && count(gaps, "gap") +
		    (missed > 0 ? `, ${grouped(missed)} missed` : ""),
		reconnects > 0 && count(reconnects, "reconnect"),
		isPaused && backlog.size() > 0 &&
		    `${grouped(backlog.size())} new while paused`,
	].filter(Boolean).join(" \u00b7 ");
}

// The text to show in place of events.
export function emptyText() {
	if (state.name === "open")
		return `Connected. Waiting for the ${
		    counts.events > 0 ? "next" : "first"} event\u2026`;
	if (state.name === "waiting")
		return "Not connected.";
	if (state.name !== "connecting")
		return "No events.";
	return elapsed() - since < SLOW_MS ? "Connecting\u2026" :
	    "Still connecting. Over HTTP/1.1 a browser opens six connections " +
	    "to a server, which other tabs may hold. Hidden ones give theirs " +
	    "back after a minute.";
}
