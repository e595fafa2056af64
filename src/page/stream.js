// SPDX-License-Identifier: MIT

// The stream that the page shows, which is that of its own URL.

import { begun } from "./text.js";

// After two slashes at the beginning, a host would be expected.
export const address = location.pathname.replace(/^\/+/, "/") + location.search;

export const name = begun(new URLSearchParams(location.search).get("source") ??
    (location.pathname.split("/").filter(Boolean).at(-1) || location.host), 200);
