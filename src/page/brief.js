// SPDX-License-Identifier: MIT

// What a browser has under longer names. These are shortened in the page that
// is sent, as those of a browser cannot be.

export const { abs, floor, max, min, round } = Math;

// Milliseconds since the page was opened, whatever becomes of the clock.
export const elapsed = () => performance.now();
