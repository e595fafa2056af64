/* SPDX-License-Identifier: MIT */

#include "pipecat/diagnosis.h"

#include <inttypes.h>
#include <stdio.h>

static const char indent[] = "   ";

static void
layer_write(const struct layer *layer, struct byte_sink sink)
{
	static const struct {
		unsigned reach;
		const char *text;
	} reaches[] = {
	    {REACH_HTTP, ", by HTTP"},
	    {REACH_FASTCGI, ", by FastCGI"},
	    {REACH_CGI, ", by CGI"},
	};

	sink_text(sink,
	    *layer->name
		? layer->name
		: "a layer that does not name itself, such as HAProxy");
	for (size_t i = 0; i < 3; i++)
		if (layer->reach == reaches[i].reach)
			sink_text(sink, reaches[i].text);
}

static void
finding_write_layers(const struct finding *finding, const struct layers *layers,
    struct byte_sink sink)
{
	/* What browsers speak is up to the outermost. */
	size_t n = finding->defect == DEFECT_HTTP_1 ? 1 : layers->n;

	sink_text(sink, indent);
	sink_text(sink, "Layer: ");
	for (size_t i = 0; i < n; i++) {
		sink_text(sink, i > 0 ? "; or, behind it, " : "");
		layer_write(&layers->items[i], sink);
	}
	sink_text(sink, "\n");
}

static void
finding_write_remedies(const struct finding *finding, const struct layer *layer,
    struct byte_sink sink)
{
	const struct remedy *remedy = NULL;

	while ((remedy = remedy_next(remedy, finding->defect, layer))) {
		sink_text(sink, indent);
		sink_text(sink, "Mend:  ");
		sink_text(sink, remedy->line);
		sink_text(sink, "\n");
		sink_text(sink, indent);
		sink_text(sink, "       (");
		sink_text(sink, product_name(remedy->product));
		sink_text(sink, remedy->where ? ": " : "");
		sink_text(sink, remedy->where ? remedy->where : "");
		sink_text(sink, ")\n");
	}
}

/* A comment every half of the silence. */
static void
finding_write_heartbeat(const struct finding *finding, struct byte_sink sink)
{
	uint64_t half_ms = finding->silence_ms / 2;
	bool is_long = half_ms >= 1000;
	char text[128];

	if (finding->defect != DEFECT_ENDS_SILENCE)
		return;
	snprintf(text, sizeof(text),
	    "%sMend:  pipecast --heartbeat %" PRIu64 "%s\n"
	    "%s       (in place of that)\n",
	    indent, is_long ? half_ms / 1000 : half_ms / 100 * 100,
	    is_long ? "s" : "ms", indent);
	sink_text(sink, text);
}

static bool
finding_is_of_layer(const struct finding *finding)
{
	return finding->defect < DEFECT_ANSWER;
}

static void
finding_write(const struct finding *finding, size_t number,
    const struct layers *layers, struct byte_sink sink)
{
	char text[32];

	snprintf(text, sizeof(text), "%zu. %s", number,
	    finding->is_note ? "Note: " : "");
	sink_text(sink, text);
	sink_text(sink, finding->seen);
	sink_text(sink, "\n");
	if (!finding_is_of_layer(finding))
		return;
	finding_write_layers(finding, layers, sink);
	for (size_t i = 0; i < layers->n; i++)
		if (i == 0 || finding->defect != DEFECT_HTTP_1)
			finding_write_remedies(
			    finding, &layers->items[i], sink);
	finding_write_heartbeat(finding, sink);
}

void
diagnosis_write(const struct diagnosis *diagnosis, struct byte_sink sink)
{
	if (diagnosis_is_well(diagnosis))
		sink_text(sink,
		    "Nothing between here and the server holds events back.\n");
	for (size_t i = 0; i < diagnosis->n; i++)
		finding_write(
		    &diagnosis->findings[i], i + 1, &diagnosis->layers, sink);
}
