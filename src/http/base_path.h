/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_BASE_PATH_H
#define PIPECAST_HTTP_BASE_PATH_H

/*
 * The base path, under which a web server or proxy has mounted pipecast, and
 * the rest of a request's path behind it.  Servers differ: some remove the base
 * path from the path, some do not, and some leave it in SCRIPT_NAME alone.  One
 * rule serves them all.
 *
 * A base path is a path as it stands in URLs ("/tools/events", with its %HH),
 * NULL or "/" for none.  The paths of requests are decoded, as CGI wants them
 * (RFC 3875, 4.1.5).  Doubled slashes and a slash at the end mean nothing.
 */

#include "core/text.h"

/*
 * Checks a base path: absolute, of segments that are neither empty nor dots, of
 * the characters of a URL's path (RFC 3986, 3.3), with a slash at the end or
 * without.  Returns NULL, or a static text that says what would be right.
 */
const char *base_path_check(const char *base_path);

/* The base path without a slash at its end; empty for none. */
struct span base_path_trim(const char *base_path);

/*
 * The path behind the base path, without slashes around it; absent if nothing
 * is there, which is the root stream.  path_info and script_name are PATH_INFO
 * and SCRIPT_NAME, NULL if not set; HTTP passes its path as the former.
 *
 * If PATH_INFO is not empty, it is the path.  The base path is removed from it,
 * if it begins with that, as whole segments; else the server has removed it.
 * If PATH_INFO is empty, SCRIPT_NAME is the path if it begins with the base
 * path; else it only names the script.
 */
struct span base_path_strip(
    const char *base_path, const char *path_info, const char *script_name);

#endif
