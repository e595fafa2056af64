// SPDX-License-Identifier: MIT

// The page: one stream, the one of this very URL.

import { Charts } from "./charts.js";
import { Connection } from "./connection.js";
import { controlOf } from "./control.js";
import { exported } from "./export.js";
import { Kept } from "./kept.js";
import { EventList } from "./list.js";
import { count } from "./text.js";
import { Types } from "./types.js";

const RATE_S = 5; // over which events are counted
const SLOW_MS = 6000; // from which on connecting is explained
const READABLE = 1; // events per second that can be read aloud
const SAID_MS = 4000;

const at = (id) => document.getElementById(id);
const address = location.pathname + location.search;
const name = new URLSearchParams(location.search).get("source") ??
    (location.pathname.split("/").filter(Boolean).at(-1) || location.host);

let total = 0, reconnects = 0, hasBeenOpen = false;
let paused = false;
let state = { name: "connecting" };
let since = performance.now(); // of the state
let heardAt = since;
let isScheduled = false;

// Events wait here for the next frame, or for the end of a pause.
const queue = new Kept();
const types = new Types(at("types"), refilter);
const charts = new Charts({
	panel: at("charts"),
	list: at("charts").querySelector("ul"),
	template: at("chart"),
}, schedule);
const list = new EventList({
	scroller: at("log"), rows: at("rows"), template: at("row"),
}, copy, showEnd);
const connection = new Connection(address, { onState, onEvent, onHeard });

// From the stream.

function onEvent(event, resumed) {
	const control = controlOf(event, resumed);

	if (control)
		return enqueue({ ...control, event, type: null });
	const type = types.of(event.type);

	total++;
	type.total++;
	enqueue({ kind: "event", event, type });
}

function note(text) {
	enqueue({ kind: "note", event: null, type: null, text });
}

function enqueue(entry) {
	entry.date = new Date();
	queue.push(entry);
	if (queue.isOver(2))
		queue.trim();
	schedule();
}

function onHeard() {
	heardAt = performance.now();
}

function onState(next) {
	// Nobody wants to hear of each time it is tried again.
	if (next.name === "connecting" && state.name === "waiting")
		next = { name: "waiting", reason: state.reason };
	if (next.name === "open" && state.name === "waiting" && hasBeenOpen) {
		reconnects++;
		note("Reconnected.");
	} else if (next.name === "waiting" && state.name === "open") {
		note(next.reason);
	}
	hasBeenOpen ||= next.name === "open";
	state = next;
	since = heardAt = performance.now();
	showState();
}

// To the screen, once per frame.

function schedule() {
	if (isScheduled)
		return;
	isScheduled = true;
	requestAnimationFrame(frame);
}

function frame(now) {
	isScheduled = false;
	if (!paused)
		showQueue();
	if (charts.draw(now))
		schedule();
}

function showQueue() {
	queue.trim();
	const entries = queue.take();

	if (entries.length === 0)
		return;
	for (const entry of entries)
		if (entry.type)
			charts.add(entry);
	at("main").classList.toggle("typed", !types.isPlain);
	at("main").style.setProperty("--types", `${types.width}ch`);
	list.append(entries);
	types.showTotals();
	showEmpty();
	showEnd();
}

function showEmpty() {
	at("empty").hidden = list.shown > 0;
}

function showEnd() {
	at("end").hidden = list.follows;
	at("end").textContent = list.unseen === 0 ? "To the newest \u2193" :
	    `${list.unseen.toLocaleString("en")} new \u2193`;
}

const words = {
	connecting: "Connecting",
	open: "Live",
	waiting: "Reconnecting",
	ended: "Ended",
	stopped: "Stopped",
};

function showState() {
	const isOver = state.name === "ended" || state.name === "stopped";

	at("word").textContent = words[state.name];
	at("state").className = state.name;
	at("reason").textContent = state.reason ?? "";
	at("again").hidden = !(isOver || state.name === "waiting");
	at("again").textContent = state.name === "waiting" ? "Reconnect now" :
	    state.name === "ended" ? "Start again" : "Try again";
	document.title = (state.name === "open" ? "" :
	    `(${words[state.name].toLowerCase()}) `) +
	    `${name} \u2013 ${location.host}`;
	tick();
}

// What changes with time alone.

const totals = []; // of the last seconds, the newest last

function tick() {
	const now = performance.now();
	const left = Math.ceil((state.untilMs - now) / 1000);

	at("countdown").textContent = left > 0 ? `in ${left} s` : "";
	totals.push({ now, total });
	while (now - totals[0].now > RATE_S * 1000)
		totals.shift();
	showFigures(now, rate());
	if (!at("empty").hidden)
		at("waiting").textContent = emptyText(now);
}

function rate() {
	const [first] = totals, last = totals.at(-1);

	return last.now - first.now < 1000 ? 0 :
	    (last.total - first.total) / (last.now - first.now) * 1000;
}

function showFigures(now, perSecond) {
	const quietS = Math.floor((now - heardAt) / 1000);
	const parts = [count(total, "event")];

	if (perSecond > 0)
		parts.push(`${perSecond < 10 ? perSecond.toFixed(1) :
		    Math.round(perSecond).toLocaleString("en")}/s`);
	else if (state.name === "open" && quietS > 5)
		parts.push(`heard from ${quietS} s ago`);
	if (list.dropped > 0)
		parts.push(`the last ${
		    list.kept.entries.length.toLocaleString("en")} kept`);
	if (reconnects > 0)
		parts.push(count(reconnects, "reconnect"));
	if (paused)
		parts.push(`${queue.entries.length.toLocaleString("en")} waiting`);
	at("figures").textContent = parts.join(" \u00b7 ");
	// No one can listen to more.
	at("log").ariaLive = perSecond > READABLE ? "off" : "polite";
}

function emptyText(now) {
	if (list.kept.entries.some(({ type }) => type))
		return "No event passes the filter.";
	if (state.name === "open")
		return `Connected. Waiting for the ${
		    total > 0 ? "next" : "first"} event\u2026`;
	if (state.name === "connecting")
		return now - since < SLOW_MS ? "Connecting\u2026" :
		    "Still connecting. Over HTTP/1.1 a browser opens at most " +
		    "six connections to a server: other tabs may hold them all.";
	return state.name === "waiting" ? "Not connected." :
	    "There was no event.";
}

// Controls.

function refilter() {
	const text = at("filter").value.toLowerCase();

	// What is no event of the source always says something about them.
	list.filter(({ event, type }) => !type ||
	    (type.isShown && event.data.toLowerCase().includes(text)));
	charts.showTypes();
	showEmpty();
	tick();
}

function togglePause() {
	paused = !paused;
	at("pause").classList.toggle("on", paused);
	at("pause").textContent = paused ? "Resume" : "Pause";
	schedule();
	tick();
}

function clear() {
	queue.take();
	list.clear();
	charts.clear();
	showEmpty();
	tick();
}

let forgetting;

function say(text) {
	at("said").textContent = text;
	clearTimeout(forgetting);
	forgetting = setTimeout(() => at("said").textContent = "", SAID_MS);
}

async function copy(text, what = "Copied") {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		copyBySelecting(text);
	}
	say(what);
}

// For pages that did not come by HTTPS, or from this machine.
function copyBySelecting(text) {
	const area = document.createElement("textarea");

	area.value = text;
	document.body.append(area);
	area.select();
	document.execCommand("copy");
	area.remove();
}

function exportedNow() {
	return exported(list.shownEntries(), at("format").value);
}

function download() {
	const { text, mediaType, suffix } = exportedNow();
	const link = document.createElement("a");

	link.href = URL.createObjectURL(new Blob([text], { type: mediaType }));
	link.download = `${name.replace(/[^\w.-]+/g, "-")}.${suffix}`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
	say("Downloaded");
}

function toggleWrap() {
	const unwrapped = at("log").classList.toggle("unwrapped");

	at("wrap").ariaPressed = String(!unwrapped);
}

const themes = ["auto", "light", "dark"]; // the one that is on goes first

function nextTheme() {
	themes.push(themes.shift());
	document.documentElement.style.colorScheme =
	    themes[0] === "auto" ? "" : themes[0];
	at("theme").title = at("theme").ariaLabel = `Theme: ${themes[0]}`;
	charts.touch();
}

function showCode() {
	const type = types.anyName;

	at("code").textContent =
	    `const source = new EventSource("${address}");\n` +
	    `source.addEventListener(${JSON.stringify(type)}, (event) => {\n` +
	    "\tconsole.log(event.data);\n});";
	at("help").showModal();
}

function onKey(event) {
	if (event.ctrlKey || event.altKey || event.metaKey)
		return;
	if (event.key === "p")
		togglePause();
	else if (event.key === "/")
		at("filter").focus();
	else if (event.key === "End")
		list.toEnd();
	else
		return;
	event.preventDefault();
}

const clicks = {
	pause: togglePause,
	clear,
	copy: () => copy(exportedNow().text,
	    `${count(list.shown, "event")} copied`),
	download,
	wrap: toggleWrap,
	theme: nextTheme,
	use: showCode,
	end: () => list.toEnd(),
	again: () => state.name === "ended" ?
	    connection.startOver() : connection.start(),
};

for (const [id, onClick] of Object.entries(clicks)) {
	at(id).addEventListener("click", () => {
		onClick();
		// A button that has gone takes the focus with it.
		if (at(id).hidden)
			at("log").focus();
	});
}
at("filter").addEventListener("input", refilter);
at("log").addEventListener("keydown", onKey);

// A browser may keep a page that was left for the way back, and must not keep
// its connection, of which there are but six for a server.
addEventListener("pageshow", () => connection.start());
addEventListener("pagehide", () => connection.stop());
addEventListener("online", () => state.name === "waiting" && connection.start());

at("name").textContent = name;
at("name").title = location.href;
for (const line of document.querySelectorAll(".curl"))
	line.textContent = `curl -N '${location.href.replaceAll("'", "%27")}'`;
refilter();
showState();
setInterval(tick, 500);
