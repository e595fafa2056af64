// SPDX-License-Identifier: MIT

// How severe an event is: "error", "warning", "info", "debug", or "".

const WORDS = [
	["error", "emerg(?:ency)?|alert|crit(?:ical)?|err(?:or)?|ftl|fatal|" +
	    "panic|severe"],
	["warning", "wrn|warn(?:ing)?"],
	["info", "inf|info(?:rmation)?|notice"],
	["debug", "dbg|debug|trc|trace|verbose|fine(?:r|st)?"],
];
const WORD = WORDS.map(([, words]) => `(${words})`).join("|");

const WHOLE = new RegExp(`^(?:${WORD})$`, "i");
// [error], <warn>, error:, [core:error], a column of a table; and ERROR, which
// needs none of it.
const TAGGED =
    new RegExp(`(?:^|[\\s[<(|:])(?:${WORD})(?=[\\]>)|:\t]|\\s\\s)`, "i");
const UPPER = new RegExp(
    `(?:^|[\\s"])(?:${WORD.toUpperCase()})(?=[\\s"]|$)`);
// As Kubernetes's own programs write it, and apt, also after the time of a
// step.
const LETTER = /(?:^|\d )([IWEF])(?:\d{4} \d\d:\d\d:\d\d|: )/;
// An answer of a web server in its access log.
const ANSWER = /" ([45])\d\d (?:\d|-)/;

// Words that say it without being a level; not so "0 errors", "errors: 0".
const BAD = new RegExp("(?<!\\b(?:no|0|without) )(?:\\b(?:error|fail(?:ed|" +
    "ure)?|fatal|panic|critical|traceback)s?|[a-z](?:Error|Exception)|" +
    "\\bexception)\\b(?!\\w|[:=]? ?0\\b)", "i");
const DOUBTFUL =
    /\b(?:warn(?:ing)?s?|deprecated|denied|refused|timed? ?out)\b/i;

const SEEN = 200; // characters in which a level is looked for

const levelOfMatch = (match) =>
    match ? WORDS[match.slice(1).findIndex((word) => word)][0] : "";

// Numbers are those of syslog, 0 to 7, or of pino and bunyan.
function levelOfNumber(n) {
	const [error, warning, info] = n < 10 ? [3, 4, 6] : [-50, -40, -30];
	const size = n < 10 ? n : -n;

	return size <= error ? "error" : size <= warning ? "warning" :
	    size <= info ? "info" : "debug";
}

// The level that a member says which is called so.
export function levelOfMember(value) {
	const text = typeof value === "object" ? "" : `${value}`;

	return /^\d+$/.test(text) ? levelOfNumber(Number(text)) :
	    levelOfMatch(WHOLE.exec(text));
}

export function levelOfText(text) {
	const beginning = text.slice(0, SEEN);
	const said = levelOfMatch(UPPER.exec(beginning) ??
	    TAGGED.exec(beginning));

	if (said)
		return said;
	const [, letter] = LETTER.exec(beginning) ??
	    ANSWER.exec(text.slice(0, 4 * SEEN)) ?? [];

	if (letter)
		return { I: "info", W: "warning", 4: "warning" }[letter] ??
		    "error";
	return BAD.test(beginning) ? "error" :
	    DOUBTFUL.test(beginning) ? "warning" : "";
}
