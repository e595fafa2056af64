// SPDX-License-Identifier: MIT

// The page: it shows the stream of its own URL, and handles the controls.

import { Backlog } from "./backlog.js";
import { addNumbers, clearCharts, cutLines, drawCharts, repaint, showTypes,
    startCharts } from "./charts.js";
import { Levels, settingsText } from "./chips.js";
import { Connection } from "./connection.js";
import { controlOf } from "./control.js";
import { listen } from "./element.js";
import { Finding } from "./finding.js";
import { EventList } from "./list.js";
import { Output } from "./output.js";
import { Posting } from "./posting.js";
import { RecordReader } from "./records.js";
import { remembered, rememberSetting } from "./remembered.js";
import { addShortcuts } from "./shortcuts.js";
import { Spoken } from "./spoken.js";
import { Status } from "./status.js";
import { grouped } from "./text.js";
import { addTheme } from "./theme.js";
import { Types } from "./types.js";

const TICK_MS = 500;
const REMEMBER_TICKS = 8; // it takes a browser a while
const PAST_MS = 500; // until what comes is new
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
let openedAt = 0; // when the stream was
let resting; // timer
let commandFailure = ""; // as the end says
let hiddenAt = 0; // total when the page was hidden
let missed = 0; // events, as gaps say
let gaps = 0;
let viewers = 0; // or not known

const backlog = new Backlog();
const status = new Status(at, `${name} \u2013 ${location.host}`);
const types = new Types({
	group: at("types"), all: at("all"), none: at("none"),
	menu: at("menu"), list: at("menu-list"),
	rows: at("main"),
}, refilter);
const levels = new Levels(at("levels"), refilter);
const records = new RecordReader();
const spoken = new Spoken({
	status: at("summary"), log: at("log"), choice: at("spoken"),
});
const list = new EventList({
	scroller: at("log"), rows: at("rows"), template: at("row"),
}, (text) => output.copy(text), showEnd);
const output = new Output(at, list, { address, name, types });
const finding = new Finding({
	field: at("filter"), steps: at("steps"), place: at("place"),
	previous: at("previous"), next: at("next"),
}, list, { onChange: refilter, say: (text) => spoken.say(text) });
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

	if (control?.kind === "viewers") {
		viewers = control.n;
		return;
	}
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
	entry.isPast = entry.date - openedAt < PAST_MS;
	backlog.push(entry, paused || document.hidden);
	schedule();
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
	if (state.name === "open") {
		openedAt = Date.now();
		showPosting(state.takesPosts);
	}
	hasBeenOpen ||= state.name === "open";
	status.show(state);
	if (hasEnded())
		showPosting(false);
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
		showBacklog();
	if (finding.isOn)
		finding.mark();
	if (drawCharts(now))
		schedule();
}

function showBacklog() {
	const entries = backlog.take();
	const events = entries.filter(({ type }) => type);

	if (entries.length === 0)
		return;
	for (const entry of entries) {
		if (!entry.type) {
			cutLines();
			continue;
		}
		records.read(entry);
		entry.level = levels.count(entry.record.level);
		addNumbers(entry);
	}
	list.append(entries);
	spoken.add(events.filter(({ row }) => !row.hidden));
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

let keptAt = -1; // total
let nTicks = 0;

// Keeps the place for when the page is loaded again. Some browsers do not take
// it any more when the page goes.
function keepPlace() {
	if (keptAt !== total)
		history.replaceState(hasEnded() ? null : list.beginning ??
		    { id: connection.lastEventId, n: 0 }, "");
	keptAt = total;
}

// Updates the figures, which change with time alone.
function tick() {
	if (nTicks++ % REMEMBER_TICKS === 0)
		keepPlace();
	connection.check();
	status.unseen = document.hidden ? total - hiddenAt : 0;
	status.tick({
		total, viewers, reconnects,
		dropped: list.dropped + backlog.dropped,
		shown: list.shown,
		isFiltered: list.isFiltered,
		kept: list.kept.entries.length,
		held: paused ? backlog.length : 0,
		passed: backlog.passedEver, gaps, missed,
		most: list.max,
	});
	finding.show();
	if (list.shown === 0)
		showEmpty();
}

// The controls.

function refilter() {
	// Gaps, notes and the end are always shown.
	list.filter((entry) => !entry.type || (entry.type.isShown &&
	    entry.level.isShown && finding.finds(entry)));
	showTypes();
	finding.show();
	showEmpty();
	schedule();
	history.replaceState(history.state, "",
	    settingsText(finding.text) || address);
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
	backlog.clear();
	list.clear();
	clearCharts();
	tick();
}

const hasEnded = () => ["ended", "failed"].includes(status.state);

// What has ended comes a second time.
function startOver() {
	commandFailure = "";
	clear();
	connection.startOver();
}

function showWrap(wraps) {
	at("log").classList.toggle("unwrapped", !wraps);
	at("wrap").ariaPressed = String(wraps);
}

function toggleWrap() {
	const wraps = at("wrap").ariaPressed === "false";

	rememberSetting("wrap", wraps ? "on" : "off");
	showWrap(wraps);
}

const clicks = {
	pause: togglePause,
	clear,
	copy: () => output.copyAll(),
	download: () => output.download(),
	wrap: toggleWrap,
	use: () => output.showUse(),
	end: () => list.toEnd(),
	again: () => hasEnded() ? startOver() : connection.start(),
};

for (const [id, onClick] of Object.entries(clicks)) {
	listen(at(id), "click", () => {
		onClick();
		// A button that disappears would take the focus with it.
		if (at(id).hidden)
			at("log").focus();
	});
}
addShortcuts({
	"p": togglePause,
	"/": () => at("filter").focus(),
	"n": () => finding.step(1),
	"N": () => finding.step(-1),
	"?": () => output.showUse(),
	"Enter": () => list.openCurrent(),
	"End": () => list.toEnd(),
}, at("log"), at("keys"));
listen(at("log"), "scroll", () => finding.isOn && schedule());

// A browser may keep this page for its Back button. It must not keep the
// connection as well, since it opens only six to a server.
listen(window, "pageshow", () => connection.start());
listen(window, "pagehide", () => {
	connection.stop();
	keepPlace();
});
listen(document, "visibilitychange", onVisibility);
listen(window, "online", () => {
	if (status.state === "waiting")
		connection.start();
});

at("name").textContent = name;
at("name").title = location.href;
addTheme(at("theme"), repaint);
startCharts(schedule);
showWrap(remembered("wrap", "on") === "on");
refilter();
listen(window, "hashchange", () => location.reload());
onState({ name: "connecting" });
setInterval(tick, TICK_MS);
