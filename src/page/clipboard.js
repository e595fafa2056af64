// SPDX-License-Identifier: MIT

// The clipboard. Browsers offer none to a page that came neither by HTTPS nor
// from this machine; such a page copies by selecting text.

import { at, makeElement } from "./element.js";

const SAID_MS = 4000;

let forgetting; // timer

// Says something for a moment.
export function sayShortly(text) {
	at("said").textContent = text;
	clearTimeout(forgetting);
	forgetting = setTimeout(() => at("said").textContent = "", SAID_MS);
}

function copyBySelecting(text) {
	const area = makeElement("textarea");

	area.value = text;
	document.body.append(area);
	area.select();
	document.execCommand("copy");
	area.remove();
}

export async function copy(text, what = "Copied") {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		copyBySelecting(text);
	}
	sayShortly(what);
}
