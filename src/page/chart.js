// SPDX-License-Identifier: MIT

// A small chart of a series over time, on a canvas. What falls into one column
// of pixels is drawn from its lowest to its highest value.

import { max, min, round } from "./brief.js";

const INSET = 3; // room for the width of the line, and the dot

// Cells by the column of pixels that they are in. The line has a break after a
// pause, or where it is cut.
function columnsOf(cells, x, pauseMs) {
	const columns = [];
	let before = -Infinity;

	for (const cell of cells) {
		const at = round(x(cell.ms));
		const column = columns.at(-1);
		const isBroken = cell.isCut || cell.ms - before > pauseMs;

		before = cell.ms;
		if (column?.at === at && !isBroken) {
			column.low = min(column.low, cell.low);
			column.high = max(column.high, cell.high);
			column.last = cell.last;
		} else {
			columns.push({ ...cell, at, isBroken });
		}
	}
	return columns;
}

// The line, and the area between it and the y of zero, or of the bound that is
// nearest to zero.
function pathsOf(columns, y, zero) {
	const line = new Path2D(), area = new Path2D();

	columns.forEach(({ at, first, low, high, last, isBroken }, i) => {
		const before = columns[i - 1];

		if (isBroken) {
			area.lineTo(before?.at ?? at, zero);
			area.moveTo(at, zero);
			// A single point has to be seen, too.
			line.moveTo(at - 0.5, y(first));
		}
		for (const value of [first, low, high, last]) {
			line.lineTo(at, y(value));
			area.lineTo(at, y(value));
		}
	});
	area.lineTo(columns.at(-1)?.at, zero);
	return { line, area };
}

// Draws the cells that are in the view, { startMs, endMs, low, high, pauseMs },
// in a colour; and the cursor, { ms, cell }, if there is one: the time, and the
// cell that is there. Else a dot is at the last cell.
export function drawCells(context, cells, view, colour, cursor) {
	const { width, height } = context.canvas;
	const { startMs, endMs, low, high, pauseMs } = view;
	const ratio = devicePixelRatio;
	const inset = INSET * ratio;
	const x = (ms) => inset +
	    (ms - startMs) / (endMs - startMs) * (width - 2 * inset);
	const y = (value) => low === high ? height / 2 :
	    inset + (high - value) / (high - low) * (height - 2 * inset);
	const { line, area } = pathsOf(columnsOf(cells, x, pauseMs), y,
	    y(min(max(0, low), high)));
	const dot = cursor ? cursor.cell : cells.at(-1);

	context.clearRect(0, 0, width, height);
	context.strokeStyle = context.fillStyle = colour;
	context.lineWidth = 1.5 * ratio;
	context.lineJoin = context.lineCap = "round";
	context.stroke(line);
	context.globalAlpha = 0.12;
	if (low < high)
		context.fill(area);
	context.globalAlpha = 1;
	if (cursor)
		context.fillRect(round(x(cursor.ms)), 0, 1, height);
	context.beginPath();
	if (dot)
		context.arc(x(dot.ms), y(dot.last), 2.5 * ratio, 0, 7);
	context.fill();
}
