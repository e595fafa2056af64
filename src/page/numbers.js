// SPDX-License-Identifier: MIT

// Finds the numbers in an event: members of JSON, columns of a table as vmstat,
// sar or a CSV file have them, name=12.3ms, "cpu 42", and a number alone.

import { abs } from "./brief.js";
import { epochMs } from "./time.js";

const LINE_MAX = 1000; // characters in which numbers are looked for
const LINES_MAX = 30; // of one event
const NUMBERS_MAX = 64; // of one event
const DEPTH_MAX = 3; // of JSON
const TABLES_MAX = 50; // whose names are known at a time
const WEEK_MS = 7 * 86400000;

const DIGITS = "[-+]?(?:\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|" +
    "\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][-+]?\\d+)?";
const UNIT = "(?:%|[nmuµμ]?s|sec|min|h|[kKMGTP]i?(?:B|b|bit)?|B|bytes|" +
    "[kMG]?Hz|°?C|V|W)(?:/s|ps)?";
const QUANTITY = new RegExp(`^(${DIGITS})(${UNIT})?$`);
const GROUPED = /^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;

const ASSIGNED = new RegExp("(?:^|[\\s,;({[])([A-Za-z_][\\w./-]{0,40})=" +
    `(${DIGITS})(?: ?(${UNIT}))?(?=[\\s,;)}\\]]|$)`, "g");
const NAMED = new RegExp("^([A-Za-z_][\\w %./()-]{0,40}?)" +
    `(?: ?[:=] ?|(?<=^\\w+) +)(${DIGITS})` +
    `(?: ?(${UNIT}|(?<=: ?\\S+ )[a-z/%]{1,12}))?$`, "i");
const COUNTED = new RegExp(`^(${DIGITS}) ([a-z/_-]{1,12})$`);
const LOAD = new RegExp("(?:load averages?: |^)" +
    "(\\d+\\.\\d\\d),? (\\d+\\.\\d\\d),? (\\d+\\.\\d\\d)(?:$| \\d+/)");

// A word of a row that is not a number: a date, a time of day, or a fraction as
// in /proc/loadavg.
const ASIDE =
    /^(?:[\d-]{10}(?:T[\d:.,]+Z?)?|\d+:\d\d(?::[\d.,]+)?|\d+\/\d+)$/;

const COLUMN = /^[a-z%_][\w%./()-]*:?$/i;
const LABEL_COLUMN = /^(?:cpu|dev|device|iface|tty|host|name|node|pod)$/i;

const VMSTAT =
    "r b swpd free buff cache si so bi bo in cs us sy id wa st gu".split(" ");

// What rsync adds to the last line of a file.
const RSYNC_END = / \(xfr#.*/;

// What only tells one thing from another, or is a time, is no quantity;
// whatever its name, nor is the time of now.
const NO_QUANTITY = new RegExp("(?:^|[._-])(?:id|p?pid|[tug]id|fd|port|" +
    "status|code|seq|sequence|offset|no|nr|ttl|line|level|severity|priority|" +
    "version|v|year)$", "i");
const NO_QUANTITY_CAMEL = /[a-z\d](?:Id|ID|Pid|Code|Seq|Port|No)$/;
const TIME = new RegExp("(?:^|[._-]|[a-z](?=[A-Z]))(?:time|ts|t|timestamp|" +
    "date|epoch|at|created|updated|expires|start|end)(?:_[mun]?s)?$", "i");

const isQuantity = (name, value) =>
    !NO_QUANTITY.test(name) && !NO_QUANTITY_CAMEL.test(name) &&
    !(value > 1e9 && TIME.test(name)) &&
    !(abs(epochMs(value) - Date.now()) < WEEK_MS);

function quantityOf(word) {
	const [, digits, unit = ""] = QUANTITY.exec(word) ?? [];

	return digits &&
	    { value: Number.parseFloat(digits.replaceAll(",", "")), unit };
}

// How much a unit is of the basic one, which is what follows.
function factorOf(unit) {
	const [, prefix = "", binary, basic] =
	    /^([numµμkKMGTP]?)(i?)(s|B|b|$)/.exec(unit) ?? [];
	const thousands = "nuµμm.kKMGTP".indexOf(prefix || ".");
	const power = [-3, -2, -2, -2, -1, 0, 1, 1, 2, 3, 4, 5][thousands];

	return basic === undefined ? [NaN] :
	    [(binary ? 1024 : 1000) ** power, basic];
}

// The value in another unit, if the two are of a kind.
export function inUnit(value, from, to) {
	const [factor, basic] = factorOf(from), [toFactor, toBasic] = factorOf(to);

	return from === to || !(factor && basic === toBasic) ? value :
	    value * factor / toFactor;
}

// Adds the numbers in a JSON value, each under its path.
function collect(value, path, depth, found) {
	if (found.length >= NUMBERS_MAX)
		return;
	if (typeof value === "number" && Number.isFinite(value)) {
		if (isQuantity(path, value))
			found.push({ key: path, name: path, value });
	} else if (typeof value === "object" && value && depth < DEPTH_MAX) {
		const inner = (name) => Array.isArray(value) ?
		    `${path}[${name}]` : path ? `${path}.${name}` : name;

		for (const name of Object.keys(value).slice(0, NUMBERS_MAX))
			collect(value[name], inner(name), depth + 1, found);
	}
	return found;
}

const withName = (name, quantity) => ({ key: name, name, ...quantity });

// The numbers of a line that names each of them.
function numbersOfText(text) {
	const [, ...loads] = LOAD.exec(text) ?? [];
	const assigned = Array.from(text.matchAll(ASSIGNED),
	    ([, name, digits, unit = ""]) => withName(name,
	    quantityOf(digits + unit)));

	if (loads.length > 0)
		return loads.map((load, i) => withName(
		    `load ${[1, 5, 15][i]} min`, { value: Number(load) }));
	if (assigned.length > 0)
		return assigned.filter(({ name, value, unit }) =>
		    isQuantity(name, value) || (unit && !/seq|id$/.test(name)));
	const [, label, list] = /^([^:]{1,20}?) *: +(.+,.+,.+)$/.exec(text) ??
	    [];
	const parts = (list ?? text).split(
	    /[,;|] *|\t| {2,}| (?=(?!of)[a-z]{2,}\w* [-+.\d])/i)
	    .filter((part) => part);
	const matches = parts.map((part) => list === undefined ?
	    NAMED.exec(part) : COUNTED.exec(part));

	if (!matches.every((match) => match))
		return [];
	return matches.map(([, a, b, unit = ""]) => list === undefined ?
	    { ...withName(a.trim(), quantityOf(b)), unit } :
	    withName(`${label} ${b}`, quantityOf(a)))
	    .filter(({ name, value }) => isQuantity(name, value));
}

// The cells of a line of CSV, which may be quoted.
function cellsOfCsv(text) {
	return Array.from(
	    text.matchAll(/(?:^|[,;])\s*(?:"((?:[^"]|"")*)"|([^,;]*))/g),
	    ([, quoted, bare]) => (quoted ?? bare).trim());
}

const isValue = (cell) => QUANTITY.test(cell) || ASIDE.test(cell);

// Reads the events of one type, one after the other, since the names of the
// columns of a row stand in a line before it.
export class NumberReader {
	#names = new Map(); // of columns, by the shape of a row
	#header = []; // the last names that a row came after
	#before = []; // cells of the last line, if they may be names
	#commas = 0; // cells of the last line of CSV

	// Returns [{ key, name, value, unit }]; value is what the text says in
	// JSON, else undefined. The key stays the same when the name becomes
	// known; the name is empty if there is only one number.
	read(text, value) {
		const lines = text.split("\n", LINES_MAX);
		const keys = new Set();

		if (value !== undefined)
			return collect(value, "", 0, []) ?? [];
		return lines.flatMap((line) => this.#readLine(line))
		    .filter(({ key, name }) => !keys.has(key) && keys.add(key) &&
		    (lines.length === 1 || /^[^#]/.test(name)))
		    .slice(0, NUMBERS_MAX);
	}

	#readLine(line) {
		const text = line.length > LINE_MAX ? "" :
		    line.trim().replace(RSYNC_END, "");
		const cells = this.#cellsOf(text);
		const before = this.#before;

		this.#before = [];
		if (LOAD.test(text) || cells.length > NUMBERS_MAX)
			return numbersOfText(text);
		if (this.#isRow(cells, before))
			return this.#readRow(cells, before) ??
			    numbersOfText(text);
		if (this.#areNames(cells, text))
			this.#before = cells;
		return numbersOfText(text);
	}

	// Commas separate cells, but not where they group digits or clauses.
	#cellsOf(text) {
		const csv = /[,;]/.test(text) && (/(?:^|[,;]) *"/.test(text) ||
		    !/[^,;] [^,;]*, /.test(text)) ? cellsOfCsv(text) : [];
		const isCsv = csv.length > 1 && (csv.length === this.#commas ||
		    !text.split(/\s+/).every((word) => GROUPED.test(word) ||
		    !/[,;]/.test(word)));

		this.#commas = isCsv ? csv.length : 0;
		return isCsv ? csv : text.split(/\s+/);
	}

	#isRow(cells, before) {
		const isValues = (some) => some.every((cell) => isValue(cell) ||
		    (cell === "" && this.#commas > 0));

		return cells.some((cell) => QUANTITY.test(cell)) &&
		    (isValues(cells) || (this.#commas > 0 ?
		    before.length === cells.length ||
		    this.#names.has(`:${cells.length}`) :
		    cells.length > 2 && isValues(cells.slice(1))));
	}

	#areNames(cells, text) {
		const isClauses = /[,;] /.test(text.replace(/"[^"]*"/g, ""));

		return cells.length > 1 && cells.every((cell) =>
		    this.#commas > 0 ? !isClauses && /^[^\d"]+$/.test(cell) :
		    COLUMN.test(cell));
	}

	// Returns undefined if the row's names are not known and have to be.
	#readRow(cells, before) {
		const isLabelled = this.#commas === 0 && !isValue(cells[0]);
		const label = isLabelled ? cells[0] : "";
		const shape = `${label && "label"}:${cells.length}`;
		const isFirst = before.length >= cells.length - 1 &&
		    before.length > 1;

		if (isFirst)
			this.#learn(shape, before, cells.length, isLabelled);
		const names = this.#names.get(shape) ?? (label.endsWith(":") &&
		    cells.length <= this.#header.length + 1 ?
		    ["", ...this.#header] : undefined);
		const sum = cells.slice(12).reduce((all, cell) => all + +cell, 0);
		const isRsync = cells.length === 4 && cells[1].endsWith("%") &&
		    cells[2].endsWith("/s");
		const known = names ?? (isRsync ? ["size", "progress", "rate"] :
		    abs(sum - 100) < 4 && /^1[78]$/.test(cells.length) ?
		    VMSTAT : undefined);

		if (isLabelled && (!names || label === "Average:"))
			return undefined;
		return this.#valuesOf(cells, known, shape, label);
	}

	// The row is the first below its names.
	#learn(shape, names, n, isLabelled) {
		const inner = names[0].endsWith(":") ? names.slice(1) : names;

		this.#header = inner;
		if (this.#names.size > TABLES_MAX)
			this.#names.clear();
		if (inner.length === n)
			// Of processors, one row is for all.
			for (const each of /^cpu$/i.test(inner[0]) ?
			    [`label:${n}`, `:${n}`] : [shape])
				this.#names.set(each, inner);
		else if (isLabelled && inner.length === n - 1)
			this.#names.set(shape, ["", ...inner]);
	}

	#valuesOf(cells, names, shape, label) {
		const isCsv = this.#commas > 0;
		const byFirst = !label && LABEL_COLUMN.test(names?.[0]);
		const row = byFirst ? `${names[0]} ${cells[0]}` : label.replace(
		    /:$/, "");
		const nameOf = (i) => [row, names?.[i] ??
		    (cells.length > 1 ? `#${i + 1}` : "")].join(" ").trim();

		return cells.flatMap((cell, i) => {
			const quantity = quantityOf(cell);
			const name = nameOf(i);

			return !quantity || (byFirst && i === 0) ||
			    ((isCsv || name !== "id") &&
			    !isQuantity(name, quantity.value)) ||
			    (!names && !isNaN(epochMs(quantity.value))) ? [] :
			    [{ key: `${shape}:${row}:${i}`, name, ...quantity }];
		});
	}
}
