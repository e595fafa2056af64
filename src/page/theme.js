// SPDX-License-Identifier: MIT

// Light or dark: as the system has it, or as the reader chose before.

import { repaint } from "./charts.js";
import { at, listen } from "./element.js";
import { remembered, rememberSetting } from "./remembered.js";

const themes = ["auto", "light", "dark"];
const button = at("theme");

function show(theme) {
	document.documentElement.style.colorScheme =
	    theme === "auto" ? "" : theme;
	button.title = button.ariaLabel = `Theme: ${theme}`;
	button.value = theme;
}

show(remembered("theme", "auto"));
listen(button, "click", () => {
	show(themes[(themes.indexOf(button.value) + 1) % 3]);
	rememberSetting("theme", button.value);
	repaint();
});
