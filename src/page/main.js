// SPDX-License-Identifier: MIT

// The page: it shows the stream of its own URL, and handles the controls.

import { Charts } from "./charts.js";
import { filterAtFirst, Levels, settingsText } from "./chips.js";
import { toClipboard } from "./clipboard.js";
import { Connection } from "./connection.js";
import { controlOf } from "./control.js";
import { exported } from "./export.js";
import { Kept, passedNote } from "./kept.js";
import { EventList } from "./list.js";
import { Posting } from "./posting.js";
import { isFound, markFound, queryOf } from "./query.js";
import { RecordReader } from "./records.js";
import { Status } from "./status.js";
import { count, grouped, plain } from "./text.js";
import { Types } from "./types.js";

const TICK_MS = 500;
const REMEMBER_TICKS = 8; // it takes a browser a while
const READABLE = 1; // events per second that can be read aloud
const SAID_MS = 4000;
const DOWNLOAD_MS = 60000; // more than a browser takes to save a file
const HELD_PART = 2 / 3; // of what is kept; the rest was shown before
const REST_MS = 60000; // until a hidden page gives its connection back

const at = (id) => document.getElementById(id);
// After two slashes at the beginning, a host would be expected.
const address = location.pathname.replace(/^\/+/, "/") + location.search;
const name = new URLSearchParams(location.search).get("source") ??
    (location.pathname.split("/").filter(Boolean).at(-1) || location.host);

let total = 0; // events
let reconnects = 0;
let hasBeenOpen = false;
let paused = false;
let isScheduled = false;
let forgetting; // timer
let resting; // timer
let commandFailure = ""; // as the end says
let hiddenAt = 0; // total when the page was hidden

// Events wait here for the next frame, or for the end of a pause.
const queue = new Kept();
let isHeld = false; // whether it waits because nobody looks
let passed = 0; // events that have not stayed there meanwhile
let passedEver = 0;
let missed = 0; // events, as gaps say
let gaps = 0;
const status = new Status(at, `${name} \u2013 ${location.host}`);
const types = new Types({
	group: at("types"), chips: at("chips"), all: at("all"),
	none: at("none"), menu: at("menu"), list: at("menu-list"),
}, refilter);
const levels = new Levels(at("levels"), refilter);
const records = new RecordReader();
const charts = new Charts({
	panel: at("charts"),
	list: at("charts").querySelector("ul"),
	template: at("chart"),
}, schedule);
const list = new EventList({
	scroller: at("log"), rows: at("rows"), template: at("row"),
}, copy, showEnd);
const posting = new Posting(address, {
	form: at("post"), field: at("text"), failure: at("failure"),
});
// A page that is loaded again, or come back to, goes on after the oldest event
// that it showed.
const place = history.state ?? { id: "", n: 0 };
const connection = new Connection(address, {
	onState, onEvent, onHeard: () => status.heard(total),
}, place.id);

// From the stream.

function onEvent(event, resumed) {
	const control = controlOf(event, resumed, place.n);

	place.n = 0;
	if (control) {
		commandFailure = control.failure ?? "";
		gaps += control.kind === "gap";
		missed += control.missed ?? 0;
		return enqueue({ ...control, event, type: null });
	}
	const type = types.of(event.type);

	total++;
	type.total++;
	enqueue({ kind: "event", event, type });
}

const notedAt = {}; // number of events, by text

// Notes the same text only once at the same place in the stream.
function note(text) {
	if (notedAt[text] !== total)
		enqueue({ kind: "note", event: null, type: null, text });
	notedAt[text] = total;
}

function enqueue(entry) {
	entry.date = new Date();
	isHeld ||= paused || document.hidden;
	queue.push(entry);
	if (queue.isOver(2))
		trimQueue();
	schedule();
}

function trimQueue() {
	const n = queue.trim(isHeld ? HELD_PART : 1)
	    .filter(({ type }) => type).length;

	if (!isHeld)
		list.dropped += n;
	else
		passed += n;
}

let reason; // why it is being reconnected

function onState(state) {
	const before = status.state;

	if (state.name === "waiting")
		reason = state.reason;
	// A further try of a connection is not shown as a new state.
	if (state.name === "connecting" && before === "waiting")
		state = { name: "waiting", reason, isFull: status.isFull };
	if (state.name === "ended" && commandFailure !== "")
		state = { ...state, name: "failed", detail: commandFailure };
	if (state.name === "open" && before === "waiting" && hasBeenOpen) {
		reconnects++;
		note("Reconnected.");
	} else if (state.name === "waiting" && before === "open") {
		note(reason);
	}
	if (state.name === "open")
		showPosting(state.takesPosts);
	hasBeenOpen ||= state.name === "open";
	status.show(state);
	tick();
}

// A browser opens only six connections to a server by HTTP/1, and a stream
// takes one of them. So a hidden page does without if it can go on later where
// it was.
const isScarce = /^http\/1/.test(
    performance.getEntriesByType("navigation")[0]?.nextHopProtocol);

function rest() {
	if (status.state !== "open" || !isScarce || connection.lastEventId === "")
		return;
	connection.stop();
	onState({ name: "resting", reason: "This tab was hidden, and has given " +
	    "its connection back. It goes on where it was when it is seen." });
}

function onVisibility() {
	clearTimeout(resting);
	if (document.hidden) {
		hiddenAt = total;
		resting = setTimeout(rest, REST_MS);
	} else {
		if (["waiting", "resting"].includes(status.state))
			connection.start();
		schedule();
	}
	tick();
}

function showPosting(takesPosts) {
	posting.isOffered = takesPosts;
	at("post-use").hidden = !takesPosts;
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
	if (query.length > 0)
		markFound(query, list.inSight);
	if (charts.draw(now))
		schedule();
}

function showQueue() {
	trimQueue();
	const entries = queue.take();

	if (entries.length === 0)
		return;
	if (passed > 0)
		entries.unshift(passedNote(passed, "not shown"));
	passedEver += passed;
	passed = 0;
	isHeld = false;
	for (const entry of entries.filter(({ type }) => type)) {
		records.read(entry);
		entry.level = levels.count(entry.record.level);
		charts.add(entry);
	}
	at("main").classList.toggle("typed", !types.isPlain);
	at("main").style.setProperty("--types", `${types.width}ch`);
	list.append(entries);
	types.showTotals();
	levels.showTotals();
	showEmpty();
	showEnd();
}

function showEmpty() {
	at("empty").hidden = list.shown > 0;
	at("waiting").textContent = list.kept.entries.some(({ type }) => type) ?
	    "No events match." : status.emptyText(total > 0);
}

function showEnd() {
	at("end").hidden = list.follows;
	at("end").textContent = list.unseen === 0 ? "Jump to latest \u2193" :
	    `${grouped(list.unseen)} new \u2193`;
}

let remembered = -1; // total
let nTicks = 0;

// Keeps the place for when the page is loaded again. Some browsers do not take
// it any more when the page goes.
function remember() {
	if (remembered !== total)
		history.replaceState(hasEnded() ? null : list.beginning ??
		    { id: connection.lastEventId, n: 0 }, "");
	remembered = total;
}

// Updates the figures, which change with time alone.
function tick() {
	if (nTicks++ % REMEMBER_TICKS === 0)
		remember();
	connection.check();
	status.unseen = document.hidden ? total - hiddenAt : 0;
	const perSecond = status.tick({
		total, reconnects,
		dropped: list.dropped,
		shown: list.shown,
		isFiltered: list.isFiltered,
		kept: list.kept.entries.length,
		held: paused ? queue.entries.length + passed : 0,
		passed: passedEver, gaps, missed,
		most: list.max,
	});

	// A screen reader could not keep up with more.
	at("log").ariaLive = perSecond > READABLE ? "off" : "polite";
	if (list.shown === 0)
		showEmpty();
}

// The controls.

let query = []; // of query.js

function refilter() {
	query = queryOf(at("filter").value);
	markFound(query, []);
	// Gaps, notes and the end are always shown.
	list.filter(({ event, type, level }) => !type ||
	    (type.isShown && level.isShown &&
	    isFound(query, plain(event.data))));
	charts.showTypes();
	showEmpty();
	schedule();
	history.replaceState(history.state, "",
	    settingsText(at("filter").value) || address);
}

function step(by) {
	if (list.shown > 0)
		say(`${grouped(list.step(by))} of ${grouped(list.shown)}`);
}

function togglePause() {
	paused = !paused;
	at("pause").classList.toggle("on", paused);
	at("pause").textContent = paused ? "Resume" : "Pause";
	status.isPaused = paused;
	schedule();
	tick();
}

function clear() {
	queue.take();
	passed = 0;
	list.clear();
	charts.clear();
	tick();
}

const hasEnded = () => ["ended", "failed"].includes(status.state);

// What has ended comes a second time.
function startOver() {
	commandFailure = "";
	clear();
	connection.startOver();
}

function say(text) {
	at("said").textContent = text;
	clearTimeout(forgetting);
	forgetting = setTimeout(() => at("said").textContent = "", SAID_MS);
}

async function copy(text, what = "Copied") {
	await toClipboard(text);
	say(what);
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
	setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
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

function showUse() {
	const [url, type] = [address, types.anyName].map(JSON.stringify);

	at("code").textContent = `const source = new EventSource(${url});\n` +
	    `source.addEventListener(${type}, (event) => {\n` +
	    "\tconsole.log(event.data);\n});";
	at("help").showModal();
}

const clicks = {
	pause: togglePause,
	clear,
	copy: () => copy(exportedNow().text,
	    `${count(list.shown, "event")} copied`),
	download,
	wrap: toggleWrap,
	theme: nextTheme,
	use: showUse,
	end: () => list.toEnd(),
	again: () => hasEnded() ? startOver() : connection.start(),
};

const keys = {
	"p": togglePause,
	"/": () => at("filter").focus(),
	"n": () => step(1),
	"N": () => step(-1),
	"?": showUse,
	"End": () => list.toEnd(),
};

for (const [id, onClick] of Object.entries(clicks)) {
	at(id).addEventListener("click", () => {
		onClick();
		// A button that disappears would take the focus with it.
		if (at(id).hidden)
			at("log").focus();
	});
}
at("filter").addEventListener("input", refilter);
at("filter").addEventListener("keydown", ({ key, shiftKey }) => {
	if (key === "Enter")
		step(shiftKey ? -1 : 1);
});
at("log").addEventListener("scroll", () => query.length > 0 && schedule());
document.addEventListener("keydown", (event) => {
	const { key, target } = event;

	if (event.ctrlKey || event.altKey || event.metaKey ||
	    target.closest("input, select, dialog"))
		return;
	// These the browser does, in what has the focus.
	if (/^(Home|Page|Arrow)/.test(key) && target === document.body)
		at("log").focus();
	if (!Object.hasOwn(keys, key))
		return;
	keys[key]();
	event.preventDefault();
});

// A browser may keep this page for its Back button. It must not keep the
// connection as well, since it opens only six to a server.
addEventListener("pageshow", () => connection.start());
addEventListener("pagehide", () => {
	connection.stop();
	remember();
});
document.addEventListener("visibilitychange", onVisibility);
addEventListener("online", () => {
	if (status.state === "waiting")
		connection.start();
});

at("name").textContent = name;
at("name").title = location.href;
const quoted = `'${(location.origin + address).replaceAll("'", "%27")}'`;
for (const line of document.querySelectorAll(".curl"))
	line.textContent = `curl -N ${quoted}`;
at("post-curl").textContent = `curl -d hello ${quoted}`;
at("filter").value = filterAtFirst;
refilter();
addEventListener("hashchange", () => location.reload());
onState({ name: "connecting" });
setInterval(tick, TICK_MS);
