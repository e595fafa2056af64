// Runs the program as a CGI program with bytes on its standard input.

"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const path = require("node:path");

const PROGRAM = process.env.PIPECAST ??
    path.join(__dirname, "..", "..", "pipecast");

// Where the head of the response ends.
const BLANK = "\r\n\r\n";

async function collect(stream) {
	const pieces = [];
	for await (const piece of stream)
		pieces.push(piece);
	return Buffer.concat(pieces);
}

// Returns the body of the response; pieces are written one by one.
async function pipecast(options, pieces) {
	const child = spawn(PROGRAM,
	    ["--cgi", "--heartbeat", "1h", ...options, "-"], {
		env: { PATH: process.env.PATH, REQUEST_METHOD: "GET" },
		timeout: 60_000,
	});
	const exit = new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("exit", (status, signal) => resolve({ status, signal }));
	});
	const output = collect(child.stdout);
	const warnings = collect(child.stderr);
	child.stdin.on("error", () => {});
	for (const piece of pieces)
		await new Promise((done) => child.stdin.write(piece, done));
	child.stdin.end();

	const log = (await warnings).toString();
	assert.deepEqual(await exit, { status: 0, signal: null }, log);
	const bytes = await output;
	const end = bytes.indexOf(BLANK);
	assert.match(bytes.toString("latin1", 0, end), /^Status: 200 OK\r\n/);
	return { body: bytes.subarray(end + BLANK.length), log };
}

module.exports = { pipecast };
