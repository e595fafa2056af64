// SPDX-License-Identifier: MIT

// The clipboard. Browsers offer none to a page that came neither by HTTPS nor
// from this machine; such a page copies by selecting text.

function copyBySelecting(text) {
	const area = document.createElement("textarea");

	area.value = text;
	document.body.append(area);
	area.select();
	document.execCommand("copy");
	area.remove();
}

export async function toClipboard(text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		copyBySelecting(text);
	}
}
