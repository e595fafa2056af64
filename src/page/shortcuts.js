// SPDX-License-Identifier: MIT

// Keys that work on the whole page. Those of a single character can be turned
// off, because speech input may press them by accident (WCAG 2.2, 2.1.4).

import { listen } from "./element.js";
import { remembered, rememberSetting } from "./remembered.js";

// What the browser does in the element that has the focus.
const SCROLLING = /^(?:Home|Page|Arrow)/;

// keys are functions by key, in the log's place if nothing has the focus. The
// choice is a checkbox.
export function addShortcuts(keys, log, choice) {
	choice.checked = remembered("keys", "on") === "on";
	listen(choice, "change", () =>
		rememberSetting("keys", choice.checked ? "on" : "off"));
	listen(document, "keydown", (event) => {
		const { key, target } = event;
		const isText = target.closest("input, select, dialog, [popover]");

		if (event.ctrlKey || event.altKey || event.metaKey || isText)
			return;
		if (SCROLLING.test(key) && target === document.body)
			log.focus();
		if (!Object.hasOwn(keys, key) ||
		    (key.length === 1 && !choice.checked) ||
		    (key === "Enter" && target.closest("button, a")))
			return;
		keys[key]();
		event.preventDefault();
	});
}
