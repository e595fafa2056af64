// SPDX-License-Identifier: MIT

// A small line chart on a canvas.

const INSET = 3; // room for the width of the line, and the dot

// Draws two values or more from low to high, over the whole width, in the text
// colour of the canvas.
export function drawLine(canvas, values, low, high) {
	const scale = devicePixelRatio;
	const width = canvas.clientWidth, height = canvas.clientHeight;
	const context = canvas.getContext("2d");
	const last = values.length - 1;
	const x = (i) => INSET + i / last * (width - 2 * INSET);
	const y = (value) => high === low ? height / 2 : height - INSET -
	    (value - low) / (high - low) * (height - 2 * INSET);

	// Setting the size also clears the canvas.
	canvas.width = Math.round(width * scale);
	canvas.height = Math.round(height * scale);
	context.scale(scale, scale);
	context.strokeStyle = getComputedStyle(canvas).color;
	context.fillStyle = context.strokeStyle;
	context.lineWidth = 1.5;
	context.lineJoin = "round";

	context.beginPath();
	values.forEach((value, i) => context.lineTo(x(i), y(value)));
	context.stroke();
	if (high > low) {
		context.lineTo(x(last), height);
		context.lineTo(x(0), height);
		context.globalAlpha = 0.12;
		context.fill();
		context.globalAlpha = 1;
	}
	context.beginPath();
	context.arc(x(last), y(values[last]), 2.5, 0, 2 * Math.PI);
	context.fill();
}
