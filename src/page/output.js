// SPDX-License-Identifier: MIT

// What leaves the page: the events that are shown, copied or as a file, and how
// to have the stream elsewhere.

import { toClipboard } from "./clipboard.js";
import { makeElement } from "./element.js";
import { exported } from "./export.js";
import { count } from "./text.js";

const SAID_MS = 4000;
const DOWNLOAD_MS = 60000; // more than a browser takes to save a file

export class Output {
	#at;
	#list;
	#stream;
	#forgetting; // timer

	// at(id) gives an element: format, said, code, post-curl or help. The
	// stream has its address, name and types.
	constructor(at, list, stream) {
		const quoted = `'${(location.origin + stream.address)
		    .replaceAll("'", "%27")}'`;

		this.#at = at;
		this.#list = list;
		this.#stream = stream;
		for (const line of document.querySelectorAll(".curl"))
			line.textContent = `curl -N ${quoted}`;
		at("post-curl").textContent = `curl -d hello ${quoted}`;
	}

	#say(text) {
		const said = this.#at("said");

		said.textContent = text;
		clearTimeout(this.#forgetting);
		this.#forgetting = setTimeout(() => said.textContent = "",
		    SAID_MS);
	}

	#exported() {
		return exported(this.#list.shownEntries(),
		    this.#at("format").value);
	}

	async copy(text, what = "Copied") {
		await toClipboard(text);
		this.#say(what);
	}

	copyAll() {
		return this.copy(this.#exported().text,
		    `${count(this.#list.shown, "event")} copied`);
	}

	download() {
		const { text, mediaType, suffix } = this.#exported();
		const link = makeElement("a");
		const file = this.#stream.name.replace(/[^\w.-]+/g, "-");

		link.href = URL.createObjectURL(
		    new Blob([text], { type: mediaType }));
		link.download = `${file}.${suffix}`;
		link.click();
		setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
		this.#say("Downloaded");
	}

	showUse() {
		const { address, types } = this.#stream;
		const [url, type] = [address, types.anyName].map(JSON.stringify);

		this.#at("code").textContent =
		    `const source = new EventSource(${url});\n` +
		    `source.addEventListener(${type}, (event) => {\n` +
		    "\tconsole.log(event.data);\n});";
		this.#at("help").showModal();
	}
}
