// SPDX-License-Identifier: MIT

// What an event says: its time, its level, and what of it comes first. It may
// be an object in JSON, logfmt, a line of syslog, or any other line.

import { levelOfMember, levelOfText } from "./levels.js";
import { parsed, plain } from "./text.js";
import { timeInId, timeInMember, timeInText } from "./time.js";

const OBJECT_MAX = 65536; // characters that are read as JSON
const BRACKETS_MAX = 1000; // so that none of them is too deep for a browser
const LOGFMT_MAX = 4096;
const DEPTH_MAX = 2; // of members that are named
const GROUP_MAX = 500; // lines of a stack trace
const LINE_MAX = 1000; // characters of each that are looked at

const TIMES = ["time", "timestamp", "ts", "@timestamp", "datetime", "date",
    "eventTime", "t", "__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP"];
const LEVELS = ["level", "severity", "lvl", "levelname", "log.level",
    "loglevel", "severity_text", "PRIORITY", "priority"];
const MESSAGES = ["message", "msg", "MESSAGE", "short_message", "log", "event",
    "text", "body"];

const PAIR = /([\w.@/-]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)/y;

// After the time, the host and the program; a priority may come before it.
const SYSLOG = /^(([\w.:-]+) ([\w./@-]+)(?:\[(\d+)\])?:) /;
const PRIORITY = /^<(\d{1,3})>/;

// A number of so many digits would be rounded.
const exactly = (name, value, context) =>
    Number.isSafeInteger(value) || !Number.isInteger(value) ?
    value : context?.source ?? value;

function jsonOf(text) {
	if (!/^\s*[[{]/.test(text) || text.length > OBJECT_MAX ||
	    text.split(/[[{]/).length > BRACKETS_MAX)
		return undefined;
	return parsed(text, /\d{16}/.test(text) ? exactly : undefined);
}

// The members of a line that consists of name=value, or undefined.
function logfmtOf(text) {
	const fields = {};

	if (text.length > LOGFMT_MAX || !/^\s*[\w.@/-]+=/.test(text))
		return undefined;
	PAIR.lastIndex = text.search(/\S/);
	while (PAIR.lastIndex < text.length) {
		const [, name, value] = PAIR.exec(text) ?? [];

		if (name === undefined)
			return undefined;
		fields[name] = value[0] === "\"" ?
		    value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
	}
	return fields;
}

const memberOf = (fields, names, isWanted) =>
    names.find((name) => Object.hasOwn(fields, name) &&
    isWanted(fields[name]));

// name=value, and of an object name.member=value for each of its members. What
// lies deeper stays JSON.
function pairsOf(name, value, depth = 0) {
	if (depth < DEPTH_MAX && value instanceof Object &&
	    !Array.isArray(value) && Object.keys(value).length > 0)
		return Object.entries(value).flatMap(([member, inner]) =>
			pairsOf(`${name}.${member}`, inner, depth + 1));
	return [`${name}=${typeof value === "string" ? value :
	    JSON.stringify(value)}`];
}

// A journal's own members, which begin with _, are left to who opens it.
function recordOfFields(fields) {
	const time = memberOf(fields, TIMES,
	    (value) => !isNaN(timeInMember(value)));
	const level = memberOf(fields, LEVELS, levelOfMember);
	const message = memberOf(fields, MESSAGES,
	    (value) => typeof value === "string");
	const used = [time, level, message];
	// Names that are named again for each member may be long.
	let room = OBJECT_MAX;
	const record = {
		fields,
		ms: timeInMember(fields[time]),
		hasMs: true,
		level: levelOfMember(fields[level]) ||
		    levelOfText(message ? fields[message] : ""),
	};

	if (used.filter((name) => name).length < 2 && !message)
		return record;
	return {
		...record,
		says: level,
		message: message ? fields[message].trimEnd() : "",
		rest: Object.keys(fields).filter(
		    (name) => name[0] !== "_" && !used.includes(name))
		    .flatMap((name) => pairsOf(name, fields[name]))
		    .filter(({ length }) => (room -= length) > 0).join(" "),
	};
}

function recordOfLine(text) {
	const { ms = NaN, hasMs, end = 0 } = timeInText(text) ?? {};
	const [, priority] = PRIORITY.exec(text) ?? [];
	const rest = text.slice(end);
	const [all, sender = "", host, program, pid] =
	    (end > 0 && SYSLOG.exec(rest)) || [];
	const fields = sender ? { time: text.slice(0, end).trim(), host,
	    program, pid, message: rest.slice(all.length) } : undefined;

	return { ms, hasMs, end, sender, fields, level: priority ?
	    levelOfMember(priority % 8) : levelOfText(rest) };
}

// Returns { ms, hasMs, level, fields }, and of an object or logfmt { value,
// says, message, rest } to show in place of the text: says names the member
// that is the level. Of a line { end, sender }: how many characters are the
// time, and whose line it is. ms is NaN if the event names no time, fields
// undefined if there is nothing more to show of it.
export function recordOf({ data, id, hasId }) {
	const text = plain(data);
	const value = jsonOf(text);
	const fields = value ?? logfmtOf(text);
	const record = fields && !Array.isArray(fields) ?
	    recordOfFields(fields) : recordOfLine(text);

	record.value = value;
	if (isNaN(record.ms) && hasId) {
		record.ms = timeInId(id);
		record.hasMs = true;
	}
	return record;
}

// Indented, or of Java; or a function in a stack trace of Go.
const INNER = /^(?:\s+\S|Caused by: |\.\.\. \d+ more)/;
const INNER_GO = /^(?:goroutine \d|created by |[\w/.-]+\.[\w.()*]+(?:\(.*\))?$)/;

// Whether a line goes on with what the lines before it began: a stack trace, or
// the source that a compiler quotes. Rows of a table may be indented, too.
function goesOn(event, group) {
	const [text, first, last] = [event, group[0].event, group.at(-1).event]
	    .map(({ data }) => plain(data.slice(0, LINE_MAX)));
	const { level } = group[0].record;

	return level !== "" && ((INNER.test(text) && !/^\s/.test(first)) ||
	    (level === "error" && INNER_GO.test(text)) ||
	    (first.startsWith("Traceback ") && /^\s/.test(last) &&
	    /^[\w.]+(?::|$)/.test(text)));
}

// Reads the events, one after the other.
export class RecordReader {
	#groups = new Map(); // type to its last group

	// Gives the entry its record, and its group: the entries that stay
	// together with it, which have a level in common.
	read(entry) {
		const { event, type } = entry;
		const group = this.#groups.get(type);

		entry.record = recordOf(event);
		if (group && group.length < GROUP_MAX && !event.replaces &&
		    isNaN(entry.record.ms) && goesOn(event, group)) {
			group.push(entry);
			entry.group = group;
			entry.record.level = group[0].record.level;
		} else {
			entry.group = [entry];
			this.#groups.set(type, entry.group);
		}
	}
}
