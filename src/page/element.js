// SPDX-License-Identifier: MIT

// Elements, whose content is only text, and their events.

export const at = (id) => document.getElementById(id);

export function makeElement(tag, className = "", text = "") {
	const element = document.createElement(tag);

	element.className = className;
	element.textContent = text;
	return element;
}

export function makeButton(label, onClick) {
	const element = makeElement("button", "", label);

	listen(element, "click", onClick);
	return element;
}

export const listen = (target, ...rest) => target.addEventListener(...rest);

// Leaves an element alone that has this text already.
export function setText(element, text) {
	if (element.textContent !== text)
		element.textContent = text;
}
