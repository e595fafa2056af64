/* SPDX-License-Identifier: MIT */

#include "pipecat/diagnosis.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A break after less silence has another reason. */
enum { SILENCE_MS = 900 };

__attribute__((format(printf, 3, 4))) static struct finding *
diagnosis_add(
    struct diagnosis *diagnosis, enum defect defect, const char *format, ...)
{
	struct finding *finding = &diagnosis->findings[diagnosis->n++];
	va_list arguments;

	finding->defect = defect;
	va_start(arguments, format);
	vsnprintf(finding->seen, sizeof(finding->seen), format, arguments);
	va_end(arguments);
	return finding;
}

static double
diagnosis_seconds(uint64_t ms)
{
	return (double)ms / 1000;
}

/* pipecast compresses by itself, if the request reaches it so. */
static bool
is_compressed_on_the_way(const struct observation *observation)
{
	return *observation->head.encoding && !observation->way.is_gzip;
}

static void
diagnose_holding(
    const struct examination *examination, struct diagnosis *diagnosis)
{
	const struct observation *plain = &examination->plain;
	const struct observation *gzip = &examination->gzip;
	const struct observation *held =
	    observation_is_held(plain) ? plain : gzip;
	bool by_compression = held == gzip && is_compressed_on_the_way(gzip);

	if (!observation_is_held(held))
		return;
	diagnosis_add(diagnosis,
	    by_compression ? DEFECT_COMPRESSES : DEFECT_HOLDS,
	    "Events are held back: those of a probe came up to %.1f s later "
	    "than they could have.%s%s%s",
	    diagnosis_seconds(observation_held_ms(held)),
	    *held->head.length ? " The answer came with a Content-Length, so "
				 "it was held back as a whole."
			       : "",
	    held == gzip ? " That is so only for clients that take gzip, as "
			   "browsers do."
			 : "",
	    by_compression ? " A layer compresses the stream, and collects "
			     "what it compresses."
			   : "");
}

static void
diagnose_compression(
    const struct examination *examination, struct diagnosis *diagnosis)
{
	const struct observation *gzip = &examination->gzip;

	if (is_compressed_on_the_way(&examination->plain)) {
		diagnosis_add(diagnosis, DEFECT_COMPRESSES,
		    "The stream is compressed (%s), although the client has "
		    "not asked for that.",
		    examination->plain.head.encoding);
	} else if (is_compressed_on_the_way(gzip) &&
	    !observation_is_held(gzip)) {
		diagnosis_add(diagnosis, DEFECT_COMPRESSES,
		    "A layer compresses the stream (%s), for each viewer "
		    "again. pipecast does so once for all, if "
		    "Accept-Encoding reaches it.",
		    gzip->head.encoding)
		    ->is_note = true;
	}
}

static void
diagnose_caching(
    const struct examination *examination, struct diagnosis *diagnosis)
{
	const char *control = examination->plain.head.cache_control;

	if (!strstr(control, "no-store"))
		diagnosis_add(diagnosis, DEFECT_CACHES,
		    "A layer lets caches keep the stream: it has %s "
		    "Cache-Control: no-store%s%s%s.",
		    *control ? "replaced" : "removed", *control ? " by \"" : "",
		    control, *control ? "\"" : "");
}

static void
diagnose_probe(
    const struct examination *examination, struct diagnosis *diagnosis)
{
	const struct observation *plain = &examination->plain;

	if (!examination->has_probe) {
		diagnosis_add(diagnosis, DEFECT_UNKNOWN,
		    plain->is_refused
			? "pipecast has no room for a probe now; try again "
			  "later."
			: "There is no probe, so it cannot be told whether "
			  "events are held back. Start pipecast with "
			  "--status.");
		return;
	}
	diagnose_holding(examination, diagnosis);
	diagnose_compression(examination, diagnosis);
	diagnose_caching(examination, diagnosis);
	if (!observation_is_whole(plain))
		diagnosis_add(diagnosis, DEFECT_CUTS,
		    "The probe was cut off after %u of %u events.",
		    plain->n_ticks, plain->n_ticks_of);
}

/* The head of a stream may be held back until its end. */
static const struct observation *
diagnosis_head_of(const struct examination *examination)
{
	return examination->has_probe ? &examination->plain
				      : &examination->stream;
}

static void
diagnose_protocol(
    const struct examination *examination, struct diagnosis *diagnosis)
{
	const char *http = diagnosis_head_of(examination)->http;

	if (examination->is_secure && examination->can_http_2 && http[0] == '1')
		diagnosis_add(diagnosis, DEFECT_HTTP_1,
		    "The server speaks HTTP/%s only, over which a browser "
		    "opens six connections at most, in all its tabs; each "
		    "stream takes one.",
		    http);
}

static void
diagnose_break(const struct observation *stream, struct diagnosis *diagnosis)
{
	uint64_t silence_ms = observation_silence_ms(stream);
	double after_s = diagnosis_seconds(stream->ended_ms - stream->asked_ms);

	if (silence_ms < SILENCE_MS) {
		diagnosis_add(diagnosis, DEFECT_CUTS,
		    "The stream was cut off after %.1f s.", after_s);
		return;
	}
	diagnosis_add(diagnosis, DEFECT_ENDS_SILENCE,
	    "The stream was cut off after %.1f s, in which nothing had come "
	    "for %.1f s.",
	    after_s, diagnosis_seconds(silence_ms))
	    ->silence_ms = silence_ms;
}

static void
diagnose_stream(
    const struct examination *examination, struct diagnosis *diagnosis)
{
	const struct observation *stream = &examination->stream;

	if (!*diagnosis_head_of(examination)->http &&
	    observation_is_silent(stream) &&
	    observation_is_silent(&examination->plain)) {
		diagnosis_add(diagnosis, DEFECT_ANSWER,
		    "The server has taken the connection, but did not answer.");
		return;
	}
	if (*stream->trouble && !stream->has_begun) {
		diagnosis_add(diagnosis, DEFECT_ANSWER,
		    "There is no stream: %s.", stream->trouble);
		return;
	}
	diagnose_protocol(examination, diagnosis);
	if (stream->is_ended && stream->verdict != VERDICT_ENDED &&
	    !stream->has_end && !stream->is_let_go && !stream->is_refused)
		diagnose_break(stream, diagnosis);
	else if (!stream->has_begun && !examination->has_probe)
		diagnosis_add(diagnosis, DEFECT_UNKNOWN,
		    "Nothing has come in %.1f s: either there is nothing to "
		    "be sent, or something holds it back.",
		    diagnosis_seconds(stream->ended_ms - stream->asked_ms));
}

void
diagnose(const struct examination *examination, struct diagnosis *diagnosis)
{
	*diagnosis = (struct diagnosis){
	    .layers = layers_of(
		&diagnosis_head_of(examination)->head, &examination->plain.way),
	};
	diagnose_stream(examination, diagnosis);
	if (diagnosis->n > 0 && diagnosis->findings[0].defect == DEFECT_ANSWER)
		return;
	diagnose_probe(examination, diagnosis);
}

bool
diagnosis_is_well(const struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->n; i++)
		if (!diagnosis->findings[i].is_note)
			return false;
	return true;
}
