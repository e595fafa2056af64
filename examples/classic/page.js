// Shows the events that the pages of this folder receive. Each page contains the
// code that receives them.

"use strict";

const LOG_LENGTH = 8;

// The data of an event comes from elsewhere: it is shown as text, and only a
// number is taken for a time.
function showTime(event) {
	const entry = document.createElement("li");
	entry.textContent = event.data;
	const log = document.getElementById("log");
	log.prepend(entry);
	while (log.children.length > LOG_LENGTH)
		log.lastElementChild.remove();

	const time = new Date(Number(event.data) * 1000);
	if (event.data.trim() === "" || Number.isNaN(time.getTime()))
		return;
	document.getElementById("time").textContent =
	    time.toLocaleTimeString([], { hourCycle: "h23" });
	document.getElementById("date").textContent =
	    time.toLocaleDateString([], { dateStyle: "full" });
}

// Reads readyState from an EventSource, or from the element.
function showState(event) {
	const name = ["connecting", "open", "closed"][event.target.readyState];
	const state = document.getElementById("state");
	state.className = name;
	state.textContent = name;
}
