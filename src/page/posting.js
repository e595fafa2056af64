// SPDX-License-Identifier: MIT

// The line to write in, where the stream takes posts. What is written there is
// posted to the stream's own URL, and comes back as an event.

import { answerText, firstLine, UNREACHABLE } from "./answer.js";
import { at, listen, setText } from "./element.js";
import { address } from "./stream.js";

const ANSWER_MS = 30000;

// What a refusal means if its sender, perhaps a web server in front, does not
// say so in text.
const meanings = {
	401: "Posting here needs a token or a password.",
	403: "This page may not post here.",
	413: "This text is too long.",
	429: "Too many posts; try again soon.",
};
const BUSY = "The server takes nothing now; try again soon.";

const field = at("text");
let isSending = false;

async function refusalText(response) {
	const { status } = response;

	return await firstLine(response).catch(() => "") || meanings[status] ||
	    (status > 500 ? BUSY : answerText(response));
}

// Returns "", or in a sentence why the text was not taken.
async function post(text) {
	try {
		const response = await fetch(address, {
			method: "POST",
			body: text,
			signal: AbortSignal.timeout(ANSWER_MS),
		});

		return response.ok ? "" : await refusalText(response);
	} catch ({ name }) {
		return name === "TimeoutError" ?
		    "No answer came, so it may have been published or not." :
		    UNREACHABLE;
	}
}

// Whether the stream takes posts, which may change when the server is started
// again. What was written stays.
export function offerPosting(isOffered) {
	at("post").hidden = at("post-use").hidden = !isOffered;
}

function showFailure(text) {
	setText(at("failure"), text && `Not sent. ${text}`);
	field.ariaInvalid = text !== "";
}

async function send() {
	if (field.value === "" || isSending)
		return;
	isSending = field.readOnly = true;
	showFailure("");
	const failure = await post(field.value);

	if (!failure)
		field.value = "";
	showFailure(failure);
	isSending = field.readOnly = false;
	field.focus();
}

listen(at("post"), "submit", (event) => {
	event.preventDefault();
	send();
});
listen(field, "input", () => showFailure(""));
