/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_FORMATS_INPUT_FORMAT_H
#define PIPECAST_FORMATS_INPUT_FORMAT_H

/*
 * Input formats: incremental parsers from bytes to events.  A parser takes
 * pieces of any size and never fails: it rejects input that it cannot use, with
 * a reason, and continues after it.  One event holds at most max_event bytes of
 * data, and a parser buffers no more than that.
 *
 * Input is UTF-8, and a byte order mark at its beginning is dropped in every
 * format; positions count it.  If the input seems to be in another encoding,
 * that is reported once, and the bytes are passed on.
 *
 * A format is one file with one struct input_format_kind.
 */

#include "core/event.h"
#include "formats/json_members.h"
#include "formats/splitter.h"

/* How input is taken. */
struct input_options {
	size_t max_event;                /* bytes of data in an event */
	const struct json_members *json; /* borrowed; NULL: the usual ones */
	bool ids_are_own; /* in sse: an id is that of its own event alone */
};

/* Where in the input a parser starts. */
struct input_start {
	uint64_t position; /* bytes before it */
	bool after_cr;     /* the byte before it is a CR */
	bool inside_line;  /* it is no line end, though an event ended there */
	bool in_middle;    /* perhaps inside an event: skip to the next */
	/*
	 * With in_middle: where the input ended when reading began.  An event
	 * that ends after it is new, so if it must be skipped it is a loss.
	 */
	uint64_t end;
};

struct input_format {
	const struct input_format_kind *kind;
	struct splitter splitter;
	struct event_sink sink;
	size_t max_event;
	const struct json_members *json;
	bool ids_are_own;
	struct input_start start;
	enum {
		SYNC_DONE,
		SYNC_AT_BLOCK,  /* drop records up to an empty one */
		SYNC_AT_RECORD, /* drop one record, then as the kind needs */
	} sync;
	size_t mark_n;  /* bytes of a byte order mark that were passed over */
	bool has_begun; /* not at the input's first record */
	bool told_of_encoding; /* that it does not seem to be UTF-8 */
	void *state;           /* the kind's own, state_size zeroed bytes */
};

struct input_format_kind {
	const char *name;
	enum split_by by;
	bool in_blocks;  /* an empty record separates events */
	bool complete;   /* a last record without its terminator is no record */
	size_t overhead; /* bytes of a record that are not the event's */
	size_t expansion; /* bytes of a record for each of its event's; 0: 1 */
	size_t state_size;
	void (*init)(struct input_format *format);
	/* A record has arrived.  Returns whether more are wanted. */
	bool (*on_record)(struct input_format *format, struct span record);
	/* A record of size bytes was over the cap; NULL: reject it. */
	void (*on_too_long)(struct input_format *format, uint64_t size);
	/*
	 * The input has paused between two records.  The first tells whether
	 * the part of an event that has arrived would become an event; the
	 * second makes it one.
	 */
	bool (*awaits_pause)(const struct input_format *format);
	void (*on_pause)(struct input_format *format);
	/*
	 * The input has ended, in a complete format after such a record (n is
	 * 0 if there was none; bytes is NULL if it was over the cap).
	 */
	void (*on_finish)(struct input_format *format, struct span unfinished);
	void (*fini)(struct input_format *format);
	/* All but on_record may be NULL. */
	/* As input_format_write; not NULL in a format that users can choose. */
	const char *(*write)(
	    const struct event *event, struct span user, struct byte_sink sink);
};

/* The kind of that name (lines, blocks, nul, sse, json), or NULL. */
const struct input_format_kind *input_format_find(const char *name);

/* The name of the i-th format that users can choose; NULL beyond the last. */
const char *input_format_name(size_t i);

/* Returns a parser to be destroyed by the caller, or NULL without memory. */
struct input_format *input_format_create(const struct input_format_kind *kind,
    struct input_options options, struct event_sink sink,
    struct input_start start);

void input_format_destroy(struct input_format *format);

/*
 * Parses bytes[0..n), calling the sink for each event and rejection.  Returns
 * how many bytes were used: all, or fewer if the sink wanted no more; the
 * caller then offers the rest again later.
 */
size_t input_format_feed(
    struct input_format *format, const char *bytes, size_t n);

/* How long the input must be silent before a call of input_format_pause. */
enum { INPUT_FORMAT_PAUSE_MS = 200 };

/* Whether input_format_pause would hand an event to the sink. */
bool input_format_awaits_pause(const struct input_format *format);

/*
 * The input has paused, and everything fed was used.  A line that overwrites
 * another (after a CR) becomes an event as far as it has come; in the blocks
 * format, the lines so far become one.  Later input belongs to other events.
 * The event's position is where the input paused.
 */
void input_format_pause(struct input_format *format);

/*
 * The input has ended: an unterminated last record is an event too, except in
 * the sse format, where an unfinished block is discarded, and an unfinished
 * line, which may be half of another (WHATWG HTML 9.2.6).  If that loses data,
 * it is a rejection.
 */
void input_format_finish(struct input_format *format);

/*
 * Writes the type and the data of an event, and the user who sent it (absent:
 * unknown) if the format has a place for that, for a program that reads this
 * format: it gets exactly one event, of valid UTF-8.  The type must be free of
 * line breaks and NUL.  Returns NULL, or a sentence (static) that says why the
 * format cannot express the event; then nothing is written.
 */
const char *input_format_write(const struct input_format_kind *kind,
    const struct event *event, struct span user, struct byte_sink sink);

/* Such a sentence, for the formats that have no place for a type. */
extern const char input_format_without_type[];

/*
 * For the formats: hand an event to the sink; or a rejection, of an event that
 * took size bytes and is skipped, or of a part of one that is ignored.  The
 * hint, or NULL, says what would be right.
 */
bool input_format_emit(struct input_format *format, const struct event *event);
void input_format_skip(struct input_format *format, const char *reason,
    const char *hint, uint64_t size);
void input_format_ignore(struct input_format *format, const char *reason);

/* The reason of a rejection for an event over max_event. */
extern const char input_format_too_long[];

extern const struct input_format_kind format_lines, format_blocks, format_nul,
    format_sse, format_json;

/* All of the input as one event; not for users to choose. */
extern const struct input_format_kind format_whole;

/* What journalctl --output=json writes; not for users to choose. */
extern const struct input_format_kind format_journal;

#endif
