// SPDX-License-Identifier: MIT

// The clipboard, also of a page that came neither by HTTPS nor from this
// machine, which browsers give none.

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
