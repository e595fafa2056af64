// SPDX-License-Identifier: MIT

// Keys that work on the whole page. Those of a single character can be turned
// off, because speech input may press them by accident (WCAG 2.2, 2.1.4).

import { at, listen } from "./element.js";
import { remembered, rememberSetting } from "./remembered.js";

// What the browser does in the element that has the focus.
const SCROLLING = /^(?:Home|Page|Arrow)/;

const choice = at("keys");

// keys are functions by key.
export function addShortcuts(keys) {
	choice.checked = remembered("keys", "true") === "true";
	listen(choice, "change", () =>
		rememberSetting("keys", choice.checked));
	listen(document, "keydown", (event) => {
		const { key, target } = event;
		const isText = target.closest("input, select, dialog, [popover]");

		if (event.ctrlKey || event.altKey || event.metaKey || isText)
			return;
		if (SCROLLING.test(key) && target === document.body)
			at("log").focus();
		if (!Object.hasOwn(keys, key) ||
		    (key.length === 1 && !choice.checked) ||
		    (key === "Enter" && target.closest("button, a")))
			return;
		keys[key]();
		event.preventDefault();
	});
}
