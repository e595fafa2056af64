// SPDX-License-Identifier: MIT

// Light or dark: as the system has it, or as the reader chose before.

import { listen } from "./element.js";
import { remembered, rememberSetting } from "./remembered.js";

const themes = ["auto", "light", "dark"];

// The button goes to the next one. onChange() is called when it has.
export function addTheme(button, onChange) {
	const show = (theme) => {
		document.documentElement.style.colorScheme =
		    theme === "auto" ? "" : theme;
		button.title = button.ariaLabel = `Theme: ${theme}`;
		button.value = theme;
	};

	show(remembered("theme", "auto"));
	listen(button, "click", () => {
		show(themes[(themes.indexOf(button.value) + 1) % 3]);
		rememberSetting("theme", button.value);
		onChange();
	});
}
