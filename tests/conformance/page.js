// The modules of the viewer page, as they stand in the source tree.

"use strict";

const path = require("node:path");
const { pathToFileURL } = require("node:url");

const TREE = process.env.PIPECAST_SRCDIR ?? path.join(__dirname, "..", "..");

// Of a module with a state of its own, each query loads another one.
function load(name, query = "") {
	return import(pathToFileURL(path.join(TREE, "src", "page", name)).href +
	    query);
}

module.exports = { TREE, load };
