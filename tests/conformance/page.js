// The modules of the viewer page, as they stand in the source tree.

"use strict";

const path = require("node:path");
const { pathToFileURL } = require("node:url");

const TREE = process.env.PIPECAST_SRCDIR ?? path.join(__dirname, "..", "..");

function load(name) {
	return import(pathToFileURL(path.join(TREE, "src", "page", name)).href);
}

module.exports = { TREE, load };
