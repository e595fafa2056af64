// SPDX-License-Identifier: MIT

// The stream that the page shows, which is that of its own URL.

import { begun } from "./text.js";

const { pathname, search, host } = location;
const NAME_MAX = 200; // characters

// After two slashes at the beginning, a host would be expected.
export const address = pathname.replace(/^\/+/, "/") + search;

export const name = begun(new URLSearchParams(search).get("source") ??
    (pathname.split("/").filter(Boolean).at(-1) || host), NAME_MAX);
