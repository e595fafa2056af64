/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_SETTINGS_RELAY_H
#define PIPECAST_PIPECAT_SETTINGS_RELAY_H

/*
 * What pipecast writes to the standard input of pipecat --relay, where ps does
 * not show it: three lines, the URL, the last event ID or nothing, and the
 * largest size of an event.
 */

#include "pipecat/settings.h"

/* As settings_parse. */
enum settings_result settings_read_relay(struct settings *settings);

#endif
