// SPDX-License-Identifier: MIT

// The time that an event names: in its text, a member of it, or its id.

import { abs, floor } from "./brief.js";

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

// A line may begin with a priority (syslog), the name of a container, or a
// level, before its date. Without one, the time is that of a day near today.
const DATE = "(?:(?<y>\\d{4})[-/](?<m>\\d\\d)[-/](?<d>\\d\\d)[T ]|" +
    "(?:[A-Z][a-z]{2} )?(?<mon>[A-Z][a-z]{2}) (?<day>[ \\d]?\\d) |)";
const CLOCK = "(?<clock>\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?)(?: (?<half>[AP])M)?" +
    "(?: ?(?<zone>Z|UTC|[-+]\\d\\d:?\\d\\d)(?![\\w:]))?";
const STAMP = new RegExp("^ ?(?<before><\\d+>(?:\\d )?|[\\w.-]+ +\\| |" +
    `\\[?[A-Z]+\\]?:? )?\\[?${DATE}${CLOCK}` +
    "(?: (?:[A-Z]{3,4} )?(?<year>\\d{4})\\b)?\\]?:?\\s?");
// As Kubernetes's own programs write it: I0131 12:00:01.123456.
const KLOG_STAMP = new RegExp(`^[IWEF](?<m>\\d\\d)(?<d>\\d\\d) ${CLOCK}`);
// As web servers write it into their access logs.
const WEB_STAMP = new RegExp("\\[(?<d>\\d\\d)/(?<mon>[A-Z][a-z]{2})/" +
    `(?<y>\\d{4}):${CLOCK}\\]`);
const EPOCH = /^\[?(\d{10}(?:\.\d+)?|\d{13})\]?(?:\s+|$)/;

const NEAR = 0.06; // of the time since 1970, some three years
const DAY_MS = 86400000;

// The milliseconds of a number of seconds, milliseconds, microseconds or
// nanoseconds since 1970; NaN for a number that is too far from now.
export function epochMs(value) {
	const ms = [1e3, 1, 1e-3, 1e-6].map((factor) => value * factor)
	    .find((each) => abs(each / Date.now() - 1) < NEAR);

	return ms ?? NaN;
}

function zoneMs(zone) {
	const [, sign, hours, minutes] =
	    /([-+])(\d\d):?(\d\d)/.exec(zone) ?? [, "+", 0, 0];

	return Number(`${sign}1`) * (hours * 60 + Number(minutes)) * 60000;
}

// The date that is meant where the year, or the day, is left out; NaN for none.
function msOf({ y, year = y, m, mon, d, day = d, clock, half, zone }) {
	const now = new Date();
	const month = mon ? MONTHS.indexOf(mon) / 3 : m - 1;
	const [said, minute, second] = clock.replace(",", ".").split(":")
	    .map(Number);
	const hour = half ? said % 12 + (half === "P" ? 12 : 0) : said;
	const at = (...date) => {
		const of = [...date, hour, minute, floor(second),
		    floor(second % 1 * 1000 + 1e-6)];

		return zone ? Date.UTC(...of) - zoneMs(zone) :
		    new Date(...of).getTime();
	};
	const thisYear = now.getFullYear();

	// A Date would have the years up to 99 mean those from 1900 on.
	if (hour > 23 || year < 100 ||
	    (day && !(month >= 0 && Number.isInteger(month))))
		return NaN;
	const ms = day ? at(year ?? thisYear, month, day) :
	    at(thisYear, now.getMonth(), now.getDate());

	if (year || ms < now.getTime() + DAY_MS / 2)
		return ms;
	return day ? at(thisYear - 1, month, day) : ms - DAY_MS;
}

// Returns { ms, hasMs, end }, or null: the time, and where the text goes on
// after it, 0 if the time is not at the beginning, or is a cell of CSV.
export function timeInText(text) {
	const stamp = STAMP.exec(text);
	const { groups } = stamp ?? KLOG_STAMP.exec(text) ??
	    WEB_STAMP.exec(text.slice(0, 256)) ?? {};

	if (groups) {
		const ms = msOf(groups);

		return isNaN(ms) ? null : { ms, hasMs: /[.,]/.test(groups.clock),
			end: !stamp || groups.before ||
			    /[,;]/.test(text[stamp[0].length]) ? 0 :
			    stamp[0].length };
	}
	const epoch = EPOCH.exec(text);
	const ms = epoch ? epochMs(epoch[1]) : NaN;

	return isNaN(ms) ? null : { ms, hasMs: true, end: 0 };
}

// The time in a member that is called so.
export function timeInMember(value) {
	if (typeof value === "string" && !/^\d+(\.\d+)?$/.test(value))
		return timeInText(value)?.ms ?? NaN;
	return typeof value === "object" ? NaN : epochMs(value);
}

// The time in a journal's cursor, a version 7 UUID, or a Redis stream's id.
export function timeInId(id) {
	const [, journal, uuid, redis] =
	    /(?:^|;)t=([\da-f]+)(?:;|$)|^([\da-f]{8}-[\da-f]{4})-7|^(\d{13})-\d+$/
	    .exec(id) ?? [];

	if (!journal && !uuid && !redis)
		return NaN;
	return epochMs(redis ?? Number(`0x${journal ?? uuid.replace("-", "")}`));
}
