// The page's script means the same when it has been made shorter.

"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const path = require("node:path");
const test = require("node:test");
const vm = require("node:vm");
const { TREE } = require("./page.js");

const SCRIPT = String.raw`
const longName = 6;
class Counter {
	#hidden = 2;
	shown = 3;
	get twice() {
		return 2 * this.#hidden;
	}
	add(longName) {
		this.#hidden += longName;
		return this;
	}
}
function property(shown, { inner = 1 } = {}) {
	const division = longName / 2 / 3;
	const plus = 1 + +1 - -division;
	const inObject = { longName, division, shown: plus, property() {} };
	return inObject
	    .longName + inObject.division + inObject.shown + shown + inner;
}
let counted = new Counter().add(longName);
const texts = ["a  //  longName", 'it\'s "x"  y', ` + "`a  ${" +
    String.raw` counted.twice }  #hidden $x {${ { a: "}" }.a }` + "`" +
    String.raw`,
    ` + "`^${longName}  x$`" + String.raw`, /[/"]  \/ longName/g.source, (longName) / 3, typeof longName];
if (counted.shown)
	counted = counted.add(1).twice;
else
	throw new Error();
const joined = "a" +
    "b" + "c".length + 2;
let one = true;
const two = [one, false,], three = () => {
	const inner = 1;
	const other = { inner, };
	return other;
};
for (let i = 0; i < 2; i++)
	one = two[i];
result = [joined, one, two, three(), texts, counted, property(2), property.name.length > 0 ? 1 : 2];
`;

function squeeze(input) {
	return execFileSync("awk",
	    ["-f", path.join(TREE, "src", "page", "squeeze")],
	    { input, encoding: "utf-8", stdio: "pipe" });
}

test("squeeze: a script means the same, and is shorter", () => {
	const shorter = squeeze(SCRIPT.replace(/\n\t+/g, "\n"));
	const [before, after] = [SCRIPT, shorter].map((script) => {
		const context = vm.createContext({});

		vm.runInContext(script, context);
		return JSON.stringify(context.result);
	});

	assert.equal(after, before);
	assert(shorter.length < 0.8 * SCRIPT.length);
	assert(!/#hidden[^ ]/.test(shorter));
});

test("squeeze: what it does not understand is an error", () => {
	for (const line of ["a = \"b;", "a = `b", "a = 1; // it's"])
		assert.throws(() => squeeze(`${line}\n`), /not understood/);
});
