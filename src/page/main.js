const source = new EventSource(location.pathname + location.search);
const state = document.getElementById("state");
source.onopen = () => state.textContent = "open";
source.onerror = () => state.textContent = "reconnecting";
source.onmessage = (event) => {
	const row = document.createElement("li");
	row.textContent = event.data;
	document.getElementById("rows").append(row);
};
