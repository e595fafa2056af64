// SPDX-License-Identifier: MIT

// Recognises the events that pipecast itself adds to a stream: a gap, the
// number of viewers, and the end. Options can change their event types, so
// other signs are checked, too.

import { max } from "./brief.js";
import { count, parsed } from "./text.js";

// The id of the last event; a request with this id is answered with 204.
export const END_ID = "pipecast-end";

const objectOf = (json) => Object(parsed(json));

// A gap has no id and is the first event of a connection that asked to resume.
// Its data is { last_event_id, missed: N or null }, and nothing else.
const isGap = (event, data, resumed) =>
    !event.hasId && (resumed || event.type === "gap") &&
    typeof data.last_event_id === "string" &&
    (data.missed === null || Number.isSafeInteger(data.missed)) &&
    Object.keys(data).length === 2;

// Returns { kind: "gap" or "end", text }, { kind: "viewers", n }, or null for
// an event of the source. A gap has the number missed, or null; an end that is
// a failure says which. resumed tells whether this is the first event after a
// last event ID was sent, and nSeen how many events after that one the reader
// has seen.
export function controlOf(event, resumed, nSeen = 0) {
	if (event.hasId && event.id === END_ID) {
		const failure = failureOf(objectOf(event.data));

		return { kind: "end", failure, text: endText(failure) };
	}
	if (event.hasId || event.data[0] !== "{" || event.data.length > 8192)
		return null;
	const [, viewers] = /^\{"n":(\d+)\}$/.exec(event.data) ?? [];

	if (viewers)
		return { kind: "viewers", n: Number(viewers) };
	const data = objectOf(event.data);

	return isGap(event, data, resumed) ? gapOf(data.missed, nSeen) : null;
}

function gapOf(missed, nSeen) {
	const unseen = missed === null ? null : max(missed - nSeen, 0);

	return unseen === 0 && nSeen > 0 ? { kind: "note",
	    text: `${count(missed, "event")} seen before cannot be had again.` } :
	    { kind: "gap", missed: unseen, text: gapText(unseen) };
}

function gapText(missed) {
	if (missed === null)
		return "Gap: events may be missing here. The stream could " +
		    "not be resumed.";
	return `Gap: ${count(missed, "event")} ${
	    missed === 1 ? "is" : "are"} missing here.`;
}

function failureOf({ exit_status: status, signal }) {
	if (Number.isInteger(signal))
		return `signal ${signal}`;
	return Number.isInteger(status) && status !== 0 ?
	    `exit status ${status}` : "";
}

const endText = (failure) =>
    "The stream has ended" + (failure === "" ? "." :
    `: the command ${failure.startsWith("signal") ? "was ended by" :
    "failed with"} ${failure}.`);
