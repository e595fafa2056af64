// SPDX-License-Identifier: MIT

// The page: it shows the stream of its own URL, and handles the controls.

import * as backlog from "./backlog.js";
import { elapsed } from "./brief.js";
import { addNumbers, clearCharts, cutLines, drawCharts, showCharts,
    startCharts } from "./charts.js";
import { countLevel, onChoice, settingsText, showLevels } from "./chips.js";
import * as connection from "./connection.js";
import { controlOf } from "./control.js";
import { at, listen, setText } from "./element.js";
import { finds, isFinding, markMatches, showPlace, step } from "./finding.js";
import * as list from "./list.js";
import { copyAll, download, showUse } from "./output.js";
import { offerPosting } from "./posting.js";
import { RecordReader } from "./records.js";
import { remembered, rememberSetting } from "./remembered.js";
import { addShortcuts } from "./shortcuts.js";
import { summarise } from "./spoken.js";
import * as status from "./status.js";
import { address, name } from "./stream.js";
import "./theme.js";
import { showTypeTotals, typeOf } from "./types.js";

const TICK_MS = 500;
const BETWEEN_MS = 100; // drawings of what arrives
const REMEMBER_TICKS = 8; // it takes a browser a while
const PAST_MS = 500; // until what comes is new
const REST_MS = 60000; // until a hidden page gives its connection back

let hasBeenOpen = false;
let isScheduled = false;
let drawnAt = 0;
let soon; // timer
let openedAt = Date.now(); // when the stream was
let resting; // timer
let commandFailure = ""; // as the end says

const records = new RecordReader();
// A page that is loaded again, or come back to, shows the oldest event that it
// showed, and goes on after it. The state may be that of another page which has
// stood here.
const place = history.state?.n >= 0 ? history.state : { id: "", n: 0 };

// From the stream.

function onEvent(event, resumed) {
	const control = controlOf(event, resumed, place.n);

	if (control?.kind === "viewers") {
		status.counts.viewers = control.n;
		return;
	}
	place.n = 0;
	if (control) {
		commandFailure = control.failure ?? "";
		status.counts.gaps += control.kind === "gap";
		status.counts.missed += control.missed ?? 0;
		return enqueue({ ...control, event });
	}
	take(event);
}

function take(event) {
	const type = typeOf(event.type);

	status.counts.events++;
	type.total++;
	enqueue({ kind: "event", event, type });
}

const notedAt = {}; // number of events, by text

// Notes the same text only once at the same place in the stream.
function note(text) {
	if (notedAt[text] !== status.counts.events)
		enqueue({ kind: "note", text });
	notedAt[text] = status.counts.events;
}

function enqueue(entry) {
	entry.date = new Date();
	entry.isPast = entry.date - openedAt < PAST_MS;
	backlog.push(entry, status.isPaused || document.hidden);
	scheduleSoon();
}

let reason; // why it is being reconnected

function onState(state) {
	const before = status.state;
	const isOpen = state.name === "open";

	if (state.name === "waiting")
		({ reason } = state);
	// A further try of a connection is not shown as a new state.
	if (state.name === "connecting" && before.name === "waiting")
		state = { name: "waiting", reason, isFull: before.isFull };
	if (state.name === "ended" && commandFailure !== "")
		state = { ...state, name: "failed", detail: commandFailure };
	if (isOpen && before.name === "waiting" && hasBeenOpen) {
		status.counts.reconnects++;
		note("Reconnected.");
	} else if (state.name === "waiting" && before.name === "open") {
		note(reason);
	}
	if (isOpen) {
		openedAt = Date.now();
		offerPosting(state.takesPosts);
	}
	hasBeenOpen ||= isOpen;
	status.showState(state);
	if (hasEnded())
		offerPosting(false);
	schedule();
	tick();
}

// A browser opens only six connections to a server by HTTP/1, and a stream
// takes one of them. So a hidden page does without if it can go on later where
// it was.
const isScarce = /^http\/1/.test(
    performance.getEntriesByType("navigation")[0]?.nextHopProtocol);

function rest() {
	if (status.state.name !== "open" || !isScarce ||
	    connection.lastEventId === "")
		return;
	connection.stop();
	onState({ name: "resting", reason: "This tab was hidden, and has given " +
	    "its connection back. It goes on where it was when it is seen." });
}

function onVisibility() {
	clearTimeout(resting);
	if (document.hidden) {
		resting = setTimeout(rest, REST_MS);
	} else {
		if (["waiting", "resting"].includes(status.state.name))
			connection.start();
		schedule();
	}
	tick();
}

// To the screen.

// For what the reader does: in the next frame.
function schedule() {
	if (!isScheduled)
		requestAnimationFrame(drawFrame);
	isScheduled = true;
}

// For what arrives: not more often than a reader sees.
function scheduleSoon() {
	soon ??= setTimeout(schedule, drawnAt + BETWEEN_MS - elapsed());
}

function drawFrame(now) {
	isScheduled = false;
	clearTimeout(soon);
	soon = undefined;
	drawnAt = elapsed();
	if (!status.isPaused)
		showBacklog();
	markMatches();
	if (drawCharts(now))
		scheduleSoon();
}

function showBacklog() {
	const entries = backlog.take();

	if (entries.length === 0)
		return;
	for (const entry of entries) {
		if (!entry.type) {
			cutLines();
			continue;
		}
		records.read(entry);
		entry.level = countLevel(entry.record.level);
		addNumbers(entry);
	}
	list.append(entries);
	summarise(entries.filter(({ type, row }) => type && !row.hidden));
	showTypeTotals();
	showLevels();
	showEmpty();
	if (!history.state?.id)
		keepPlace();
}

function showEmpty() {
	at("empty").hidden = list.shown > 0;
	setText(at("waiting"), list.kept.entries.some(({ type }) => type) ?
	    "No events match." : status.emptyText());
}

let keptAt = 0; // events
let nTicks = 0;

// Keeps the place for when the page is loaded again. Some browsers do not take
// it any more when the page goes, and others do not keep the page then.
function keepPlace() {
	const from = hasEnded() ? null : list.beginning();

	if (from === undefined || !hasBeenOpen ||
	    keptAt === status.counts.events)
		return;
	keptAt = status.counts.events;
	history.replaceState(from, "");
}

function tick() {
	if (nTicks++ % REMEMBER_TICKS === 0)
		keepPlace();
	connection.checkSilence();
	status.tickStatus();
	showPlace();
	showEmpty();
}

// The controls.

function refilter() {
	// Gaps, notes and the end are always shown.
	list.filter((entry) => !entry.type || (entry.type.isShown &&
	    entry.level.isShown && finds(entry)));
	showCharts();
	showPlace();
	showEmpty();
	schedule();
	history.replaceState(history.state, "",
	    settingsText(at("filter").value) || address);
}

function togglePause() {
	const pauses = !status.isPaused;

	at("pause").classList.toggle("on", pauses);
	setText(at("pause"), pauses ? "Resume" : "Pause");
	status.setPaused(pauses);
	schedule();
	tick();
}

function clear() {
	backlog.clearBacklog();
	list.clearList();
	clearCharts();
	history.replaceState({ id: connection.lastEventId, n: 0 }, "");
	tick();
}

const hasEnded = () => ["ended", "failed"].includes(status.state.name);

function startAgain() {
	if (!hasEnded())
		return connection.start();
	// What has ended comes a second time.
	commandFailure = "";
	connection.startOver();
	clear();
}

function showWrap(wraps) {
	at("log").classList.toggle("unwrapped", !wraps);
	at("wrap").ariaPressed = wraps;
}

function toggleWrap() {
	const wraps = at("wrap").ariaPressed === "false";

	rememberSetting("wrap", wraps);
	showWrap(wraps);
}

const clicks = {
	pause: togglePause,
	clear,
	copy: copyAll,
	download,
	wrap: toggleWrap,
	use: showUse,
	end: list.toEnd,
	again: startAgain,
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
	"n": () => step(1),
	"N": () => step(-1),
	"?": showUse,
	"Enter": list.openCurrent,
	"End": list.toEnd,
});
listen(at("log"), "scroll", () => isFinding() && schedule());

// A browser may keep this page for its Back button. It must not keep the
// connection as well, since it opens only six to a server.
listen(window, "pageshow", connection.start);
listen(window, "pagehide", connection.stop);
listen(document, "visibilitychange", onVisibility);
listen(window, "online", () =>
	status.state.name === "waiting" && connection.start());
listen(window, "hashchange", () => location.reload());

setText(at("name"), name);
connection.connect(address, { onState, onEvent, onHeard: status.heard },
    place.id);
if (place.event)
	take(place.event);
startCharts(schedule);
showWrap(remembered("wrap", "true") === "true");
onChoice(refilter);
refilter();
onState({ name: "connecting" });
setInterval(tick, TICK_MS);
