// SPDX-License-Identifier: MIT

// The line to write in, where the stream takes posts. What is written there is
// posted to the stream's own URL, and comes back as an event.

import { firstLine } from "./connection.js";
import { listen } from "./element.js";

const ANSWER_MS = 30000;

// What a refusal means if its sender, perhaps a web server in front, does not
// say so in text.
const meanings = {
	401: "Posting here needs a token or a password.",
	403: "This page may not post here.",
	404: "There is no such stream any more.",
	405: "This stream takes no posts.",
	408: "The server did not get the text in time.",
	413: "This text is too long.",
	429: "There are too many posts; try again soon.",
	500: "The server failed.",
};
const BUSY = "The server takes nothing now; try again soon.";

async function refusalText(response) {
	const { status, statusText } = response;

	return await firstLine(response).catch(() => "") || meanings[status] ||
	    (status > 500 ? BUSY :
	    `The server answered ${status} ${statusText}`.trim() + ".");
}

// Throws an Error that says in a sentence why the text was not taken.
async function post(url, text) {
	const response = await fetch(url, {
		method: "POST",
		body: text,
		signal: AbortSignal.timeout(ANSWER_MS),
	}).catch(({ name }) => {
		throw new Error(name === "TimeoutError" ?
		    "No answer came, so it may have been published or not." :
		    "The server cannot be reached.");
	});

	if (!response.ok)
		throw new Error(await refusalText(response));
}

export class Posting {
	#url;
	#form;
	#field;
	#failure;
	#isSending = false;

	// The failure is an element for text.
	constructor(url, { form, field, failure }) {
		this.#url = url;
		this.#form = form;
		this.#field = field;
		this.#failure = failure;
		listen(form, "submit", (event) => {
			event.preventDefault();
			this.#send();
		});
		listen(field, "input", () => this.#showFailure(""));
	}

	// Whether the stream takes posts, which may change when the server is
	// started again. What was written stays.
	set isOffered(isOffered) {
		this.#form.hidden = !isOffered;
	}

	#showFailure(text) {
		this.#failure.textContent = text;
		this.#field.ariaInvalid = String(text !== "");
	}

	async #send() {
		const text = this.#field.value;

		if (text === "" || this.#isSending)
			return;
		this.#isSending = this.#field.readOnly = true;
		this.#showFailure("");
		try {
			await post(this.#url, text);
			this.#field.value = "";
		} catch (error) {
			this.#showFailure(`Not sent. ${error.message}`);
		}
		this.#isSending = this.#field.readOnly = false;
		this.#field.focus();
	}
}
