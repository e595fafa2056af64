// SPDX-License-Identifier: MIT

// What leaves the page: the events that are shown, copied or as a file, and how
// to have the stream elsewhere.

import { copy, sayShortly } from "./clipboard.js";
import { at, makeElement, setText } from "./element.js";
import { exported } from "./export.js";
import { shown, shownEntries } from "./list.js";
import { address, name } from "./stream.js";
import { count, visible } from "./text.js";
import { anyType } from "./types.js";

const DOWNLOAD_MS = 60000; // more than a browser takes to save a file

// Neither a shell nor curl itself takes any of it for something else.
const quoted = `'${location.origin}${
    address.replace(/['[\]{}]/g, escape)}'`;

for (const line of document.querySelectorAll(".curl"))
	line.textContent = `curl -N ${quoted}`;
setText(at("post-curl"), `curl -d hello ${quoted}`);

const exportedNow = () => exported(shownEntries(), at("format").value);

export function copyAll() {
	copy(exportedNow().text, `${count(shown, "event")} copied`);
}

export function download() {
	const { text, type, suffix } = exportedNow();
	const link = makeElement("a");

	link.href = URL.createObjectURL(new Blob([text], { type }));
	link.download = `${name.replace(/[^\w.-]+/g, "-")}.${suffix}`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
	sayShortly("Downloaded");
}

export function showUse() {
	// The page may have the code in an element, which this must not end.
	const [url, type] = [address, anyType()].map((text) =>
		visible(JSON.stringify(text)).replaceAll("<", "\\x3C"));

	setText(at("code"), `const source = new EventSource(${url});\n` +
	    `source.addEventListener(${type}, (event) => {\n` +
	    "\tconsole.log(event.data);\n});");
	at("help").showModal();
}
