// SPDX-License-Identifier: MIT

// What a server's answer says to a person.

import { begun } from "./text.js";

export const UNREACHABLE = "The server cannot be reached.";

export const answerText = ({ status, statusText }) =>
    `The server answered ${`${status} ${statusText}`.trim()}.`;

// Drops the rest of a body, which may be without end.
export const drop = (readable) => readable?.cancel().catch(() => {});

// The server's explanation of an error, "" unless it sent text.
export async function firstLine({ headers, body }) {
	if (!/^text\/plain/i.test(headers.get("Content-Type")) || !body)
		return "";
	const reader = body.getReader();
	const { value } = await reader.read();

	drop(reader);
	return begun(new TextDecoder().decode(value), 300);
}
