// SPDX-License-Identifier: MIT

// Small elements. Their content is only text.

export function makeButton(label, onClick) {
	const element = document.createElement("button");

	element.textContent = label;
	element.addEventListener("click", onClick);
	return element;
}

export function makeSpan(className, text) {
	const element = document.createElement("span");

	element.className = className;
	element.textContent = text;
	return element;
}
