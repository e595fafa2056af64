/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_REMEDY_H
#define PIPECAST_PIPECAT_REMEDY_H

/*
 * What a layer may do to streams, and the lines of its configuration that mend
 * it, by the manuals of the servers.  Pure.
 */

#include "pipecat/layer.h"

enum defect {
	DEFECT_HOLDS,
	DEFECT_COMPRESSES,
	DEFECT_ENDS_SILENCE, /* cuts a stream after some silence */
	DEFECT_CUTS,         /* cuts it at any time */
	DEFECT_HTTP_1,       /* speaks no other to browsers */
	DEFECT_CACHES,
	/* Of no layer. */
	DEFECT_ANSWER,  /* there is no stream */
	DEFECT_UNKNOWN, /* it could not be found out */
};

/* A line of configuration that mends it. */
struct remedy {
	enum defect defect;
	enum product product;
	unsigned reach; /* for layers that reach on in one of these ways */
	const char *line;
	const char *where; /* it belongs, or what else there is to know */
};

/* Those for the layer: NULL begins, NULL ends.  Static. */
const struct remedy *remedy_next(
    const struct remedy *remedy, enum defect defect, const struct layer *layer);

#endif
