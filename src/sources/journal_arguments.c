/* SPDX-License-Identifier: MIT */

#include "sources/journal_arguments.h"

#include <string.h>

enum { CURSOR_MAX = 256 };

/* Options that would spoil the output, or where it goes on after a break. */
static const char *const journal_refused[] = {"-o", "--output", "-S", "--since",
    "-U", "--until", "-c", "--cursor", "--after-cursor", "-r", "--reverse",
    "--no-tail", "--", "--output-fields"};

static const char journal_wanted[] =
    "journal: and options of journalctl such as -u nginx -p warning, with "
    "closed quotes";
static const char journal_wanted_others[] =
    "journal: without options of journalctl that change the form of its output "
    "or choose a time: -o, -S, -U, -c, -r, --no-tail or --";

/* A word so far, as it is for options, which are short. */
struct journal_word {
	char text[24];
	size_t n;
};

static void
journal_put(struct byte_sink sink, struct journal_word *word, char c)
{
	if (word->n < sizeof(word->text) - 1)
		word->text[word->n++] = c;
	word->text[word->n] = '\0';
	if (c == '\'')
		sink_text(sink, "'\\'");
	sink_span(sink, (struct span){&c, 1});
}

/* Takes one word off the text; returns false if a quote is not closed. */
static bool
journal_take_word(
    const char **text, struct byte_sink sink, struct journal_word *word)
{
	const char *at = *text;
	char quote = '\0';

	for (; *at && (quote || !strchr(" \t\n", *at)); at++) {
		if (quote && *at == quote)
			quote = '\0';
		else if (!quote && (*at == '\'' || *at == '"'))
			quote = *at;
		else if (*at == '\\' && quote != '\'' && !*++at)
			return false;
		else
			journal_put(sink, word, *at);
	}
	*text = at;
	return !quote;
}

static bool
journal_is_refused(const char *word)
{
	for (size_t i = 0;
	     i < sizeof(journal_refused) / sizeof(journal_refused[0]); i++) {
		const char *option = journal_refused[i];
		size_t n = strlen(option);

		if (strncmp(word, option, n) == 0 &&
		    (!word[n] || word[n] == '=' ||
			(n == 2 && option[1] != '-')))
			return true;
	}
	return false;
}

const char *
journal_write_arguments(const char *text, struct byte_sink sink)
{
	while (text += strspn(text, " \t\n"), *text) {
		struct journal_word word = {.n = 0};

		sink_text(sink, " '");
		if (!journal_take_word(&text, sink, &word))
			return journal_wanted;
		sink_text(sink, "'");
		if (journal_is_refused(word.text))
			return journal_wanted_others;
	}
	return NULL;
}

bool
journal_is_cursor(struct span id)
{
	if (id.n < 2 || id.n > CURSOR_MAX || memcmp(id.bytes, "s=", 2) != 0)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = id.bytes[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
		    c != '=' && c != ';')
			return false;
	}
	return true;
}
