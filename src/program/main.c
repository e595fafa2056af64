/* SPDX-License-Identifier: MIT */

/* pipecast: puts Unix event sources into browsers as server-sent events. */

#include "program/cgi_run.h"
#include "gateways/cgi.h"
#include "loop/descriptor.h"
#include "loop/log.h"
#include "program/server.h"
#include "program/share.h"
#include "program/token_files.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Resets settings that a web server may have left, or a request may have made.
 */
static void
main_clean_environment(void)
{
	sigset_t none;

	/* A timer that the server set must not end us. */
	alarm(0);
	/* A write beyond RLIMIT_FSIZE fails with EFBIG, which is handled. */
	signal(SIGXFSZ, SIG_IGN);
	/* Ignored until there is something to report. */
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* A "Proxy:" header of the request, which commands would obey. */
	if (cgi_is_asked())
		unsetenv("HTTP_PROXY");
}

/* What was asked for has been printed. */
static enum exit_code
main_finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_CLEAN;
	log_line(LOG_ERROR, "cannot write to standard output");
	return EXIT_FAILED;
}

static enum exit_code
main_check(const struct options *options, const struct endpoints *endpoints)
{
	struct tokens tokens;

	if (!token_files_read(&tokens, options))
		return EXIT_FAILED;
	endpoints_print(endpoints);
	options_print(options);
	return main_finish_output();
}

/* A socket on which viewers connect provides no events. */
static bool
main_source_is_listening_socket(const struct options *options)
{
	return options_read_standard_input(options) &&
	    descriptor_is_listening(STDIN_FILENO);
}

/*
 * Whether a source takes posts that only this process would know of, which
 * plain CGI starts anew for each request.
 */
static bool
main_posts_need_a_server(const struct options *options)
{
	for (size_t i = 0; i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];

		if (!source_spec_takes_posts(spec) ||
		    !spec->kind->posts_stay_inside)
			continue;
		log_line(LOG_ERROR,
		    "what is posted to source '%s' reaches only the viewers of "
		    "this process, and plain CGI starts one for each request; "
		    "use FastCGI or --http, or spool:PATH instead",
		    spec->text);
		cgi_run_refuse(500,
		    "This stream is not configured correctly. "
		    "The web server's error log says why.");
		return true;
	}
	return false;
}

/* A viewer that cannot be handed over is served here. */
static enum exit_code
main_run_cgi(const struct options *options)
{
	enum exit_code code;

	if (options->share && share_run(options, &code))
		return code;
	if (options->share && main_posts_need_a_server(options))
		return EXIT_USAGE;
	return cgi_run(options);
}

static enum exit_code
main_run(
    const struct options *options, struct endpoints *endpoints, bool had_output)
{
	if (options->quiet)
		log_set_level(LOG_ERROR);
	else if (options->verbose)
		log_set_level(LOG_INFO);
	if (endpoints->n == 0 && !options->share &&
	    main_posts_need_a_server(options))
		return EXIT_USAGE;
	if (options->check)
		return main_check(options, endpoints);
	if (main_source_is_listening_socket(options)) {
		log_line(LOG_ERROR,
		    "standard input is a listening socket and cannot be the "
		    "source - as well; give another SOURCE such as file:PATH");
		return EXIT_USAGE;
	}
	if (endpoints->n > 0)
		return server_run(options, endpoints, NULL);
	if (!had_output) {
		log_line(LOG_ERROR, "standard output is closed");
		return EXIT_FAILED;
	}
	if (!options->cgi && cgi_is_incomplete()) {
		log_line(LOG_ERROR,
		    "the web server started this as CGI without "
		    "REQUEST_METHOD; it must pass the CGI variables on (nginx: "
		    "include fastcgi_params)");
		cgi_run_refuse(500,
		    "The web server does not pass on REQUEST_METHOD. Its "
		    "configuration must pass the CGI variables to this program "
		    "(nginx: include fastcgi_params).");
		return EXIT_FAILED;
	}
	return main_run_cgi(options);
}

static enum exit_code
main_parse_and_run(int argc, char *argv[], bool had_output)
{
	struct options options;
	struct endpoints endpoints;
	enum exit_code result = EXIT_CLEAN;

	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_RUN:
		endpoints_find(&endpoints, &options);
		if (endpoints.is_unasked)
			options_serve_unasked(&options);
		result = main_run(&options, &endpoints, had_output);
		break;
	case OPTIONS_WRONG:
		cgi_run_refuse(500,
		    "This stream is not configured correctly. "
		    "The web server's error log says why.");
		result = EXIT_USAGE;
		break;
	case OPTIONS_FAILED:
		cgi_run_refuse(500, cgi_run_failure);
		result = EXIT_FAILED;
		break;
	case OPTIONS_DONE:
		result = main_finish_output();
		break;
	}
	options_fini(&options);
	return result;
}

int
main(int argc, char *argv[])
{
	bool had_output;
	int rc = descriptor_secure_standard(&had_output);

	if (rc < 0) {
		log_line(LOG_ERROR, "cannot open /dev/null: %s", strerror(-rc));
		return EXIT_FAILED;
	}
	main_clean_environment();
	if (!cgi_is_in_arguments(argc, argv))
		return main_parse_and_run(argc, argv, had_output);
	log_line(LOG_ERROR,
	    "the query string came as arguments (RFC 3875, 4.4); they were "
	    "ignored");
	cgi_run_refuse(400,
	    "The query string of this stream may contain only pairs of the "
	    "form NAME=VALUE.");
	return EXIT_CLEAN;
}
