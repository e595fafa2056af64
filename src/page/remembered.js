// SPDX-License-Identifier: MIT

// Settings that a browser keeps for all streams of a server. If it keeps none,
// they last as long as the page.

const PREFIX = "pipecast-";

// The setting's value, a string, or the other one if none is kept.
export function remembered(setting, otherwise) {
	try {
		return localStorage.getItem(PREFIX + setting) ?? otherwise;
	} catch {
		return otherwise;
	}
}

export function rememberSetting(setting, value) {
	try {
		localStorage.setItem(PREFIX + setting, value);
	} catch {
		return;
	}
}
