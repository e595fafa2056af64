# make check: every test case, in any language. Each entry of TESTS
# takes --xml=FILE and writes a JUnit report there; tests/driver turns that into
# one result a test case. The reports stay in results/.

# Each links its own library and those below, so that an include that reaches
# elsewhere does not link.
CORE_TESTS = \
	tests/unit/allocation_test \
	tests/unit/awake_test \
	tests/unit/buffer_test \
	tests/unit/column_test \
	tests/unit/digest_test \
	tests/unit/event_test \
	tests/unit/event_id_test \
	tests/unit/fan_out_test \
	tests/unit/fan_out_count_test \
	tests/unit/fan_out_done_test \
	tests/unit/fan_out_laggards_test \
	tests/unit/fan_out_move_test \
	tests/unit/fan_out_random_test \
	tests/unit/fan_out_time_test \
	$(GZIP_TESTS) \
	tests/unit/latest_test \
	tests/unit/place_test \
	tests/unit/prologue_test \
	tests/unit/quantity_test \
	tests/unit/rate_limit_test \
	tests/unit/ring_test \
	tests/unit/ring_memory_test \
	tests/unit/ring_model_test \
	tests/unit/scheduler_test \
	tests/unit/stream_reader_test \
	tests/unit/stream_writer_test \
	tests/unit/text_test

# The same tests over viewers that take gzip.
if ZLIB
GZIP_TESTS = \
	tests/unit/gzip_fan_out_test \
	tests/unit/gzip_fan_out_count_test \
	tests/unit/gzip_fan_out_done_test \
	tests/unit/gzip_fan_out_laggards_test \
	tests/unit/gzip_fan_out_move_test \
	tests/unit/gzip_fan_out_time_test \
	tests/unit/gzip_sharing_test
endif
tests_unit_gzip_fan_out_test_SOURCES = tests/unit/fan_out_test.c
tests_unit_gzip_fan_out_test_CPPFLAGS = $(gzip_cppflags)
tests_unit_gzip_fan_out_count_test_SOURCES = tests/unit/fan_out_count_test.c
tests_unit_gzip_fan_out_count_test_CPPFLAGS = $(gzip_cppflags)
tests_unit_gzip_fan_out_done_test_SOURCES = tests/unit/fan_out_done_test.c
tests_unit_gzip_fan_out_done_test_CPPFLAGS = $(gzip_cppflags)
tests_unit_gzip_fan_out_laggards_test_SOURCES = tests/unit/fan_out_laggards_test.c
tests_unit_gzip_fan_out_laggards_test_CPPFLAGS = $(gzip_cppflags)
tests_unit_gzip_fan_out_move_test_SOURCES = tests/unit/fan_out_move_test.c
tests_unit_gzip_fan_out_move_test_CPPFLAGS = $(gzip_cppflags)
tests_unit_gzip_fan_out_time_test_SOURCES = tests/unit/fan_out_time_test.c
tests_unit_gzip_fan_out_time_test_CPPFLAGS = $(gzip_cppflags)
tests_unit_gzip_sharing_test_CPPFLAGS = $(gzip_cppflags)
gzip_cppflags = $(AM_CPPFLAGS) -DVIEWERS_TAKE_GZIP

FORMATS_TESTS = \
	tests/unit/encoding_test \
	tests/unit/format_blocks_test \
	tests/unit/format_json_test \
	tests/unit/format_lines_test \
	tests/unit/format_sse_test \
	tests/unit/format_memory_test \
	tests/unit/format_write_test \
	tests/unit/input_format_test \
	tests/unit/json_members_test \
	tests/unit/splitter_test

HTTP_TESTS = \
	tests/unit/accept_test \
	tests/unit/arguments_test \
	tests/unit/access_test \
	tests/unit/base64_test \
	tests/unit/base_path_test \
	tests/unit/body_test \
	tests/unit/date_test \
	tests/unit/head_test \
	tests/unit/head_refusal_test \
	tests/unit/hmac_test \
	tests/unit/origin_test \
	tests/unit/own_header_test \
	tests/unit/policy_test \
	tests/unit/policy_origin_test \
	tests/unit/policy_post_test \
	tests/unit/request_test \
	tests/unit/response_test \
	tests/unit/target_test \
	tests/unit/token_test

LOOP_TESTS = \
	tests/unit/address_test \
	tests/unit/descriptor_budget_test \
	tests/unit/descriptor_test \
	tests/unit/local_socket_test \
	tests/unit/loop_test \
	tests/unit/shared_file_test

SOURCES_TESTS = \
	tests/unit/block_end_test \
	tests/unit/command_input_test \
	tests/unit/held_back_test \
	tests/unit/file_head_test \
	tests/unit/machine_id_test \
	tests/unit/source_spec_test \
	tests/unit/spool_file_test \
	tests/unit/spool_test \
	tests/unit/tick_data_test \
	tests/unit/redis_url_test

if HIREDIS
SOURCES_TESTS += tests/unit/redis_entries_test
endif

GATEWAYS_TESTS = \
	tests/unit/admission_test \
	tests/unit/connection_test \
	tests/unit/fastcgi_decode_test \
	tests/unit/fastcgi_mistake_test \
	tests/unit/fastcgi_reader_test \
	tests/unit/fastcgi_reader_dialogue_test \
	tests/unit/fastcgi_reader_error_test \
	tests/unit/fastcgi_record_test \
	tests/unit/fastcgi_writer_test \
	tests/unit/handover_message_test \
	tests/unit/http_connection_test \
	tests/unit/http_mistake_test \
	tests/unit/web_servers_test

PROGRAM_TESTS = \
	tests/unit/catchup_test \
	tests/unit/config_file_test \
	tests/unit/feed_post_test \
	tests/unit/options_test \
	tests/unit/on_demand_test \
	tests/unit/post_test \
	tests/unit/streams_test

PIPECAT_TESTS = \
	tests/unit/pipecat_batch_test \
	tests/unit/pipecat_diagnosis_test \
	tests/unit/pipecat_observation_test \
	tests/unit/pipecat_print_test \
	tests/unit/pipecat_target_test \
	tests/unit/pipecat_verdict_test

UNIT_TESTS = $(CORE_TESTS) $(FORMATS_TESTS) $(HTTP_TESTS) $(LOOP_TESTS) \
	$(SOURCES_TESTS) $(GATEWAYS_TESTS) $(PROGRAM_TESTS) $(PIPECAT_TESTS)

LDADD = libcore.a $(JANSSON_LIBS) $(ZLIB_LIBS) $(CRITERION_LIBS)
pipecat_libs = libpipecat.a $(LDADD)
formats_libs = libformats.a $(LDADD)
http_libs = libhttp.a $(LDADD) $(LIBMD_LIBS)
loop_libs = libloop.a $(LDADD) $(LIBEVENT_LIBS)
sources_libs = libsources.a libloop.a libformats.a $(LDADD) $(LIBEVENT_LIBS) \
	$(HIREDIS_LIBS)
gateways_libs = libgateways.a libloop.a libhttp.a $(LDADD) \
	$(LIBEVENT_LIBS) $(FCGI_LIBS) $(LIBMD_LIBS)
program_libs = libprogram.a libsources.a libformats.a $(gateways_libs) \
	$(HIREDIS_LIBS)

tests_unit_encoding_test_LDADD = $(formats_libs)
tests_unit_format_blocks_test_LDADD = $(formats_libs)
tests_unit_format_json_test_LDADD = $(formats_libs)
tests_unit_format_lines_test_LDADD = $(formats_libs)
tests_unit_format_sse_test_LDADD = $(formats_libs)
tests_unit_format_memory_test_LDADD = $(formats_libs)
tests_unit_format_write_test_LDADD = $(formats_libs)
tests_unit_input_format_test_LDADD = $(formats_libs)
tests_unit_json_members_test_LDADD = $(formats_libs)
tests_unit_splitter_test_LDADD = $(formats_libs)
tests_unit_accept_test_LDADD = $(http_libs)
tests_unit_arguments_test_LDADD = $(http_libs)
tests_unit_access_test_LDADD = $(http_libs)
tests_unit_base64_test_LDADD = $(http_libs)
tests_unit_base_path_test_LDADD = $(http_libs)
tests_unit_body_test_LDADD = $(http_libs)
tests_unit_date_test_LDADD = $(http_libs)
tests_unit_head_test_LDADD = $(http_libs)
tests_unit_head_refusal_test_LDADD = $(http_libs)
tests_unit_hmac_test_LDADD = $(http_libs)
tests_unit_origin_test_LDADD = $(http_libs)
tests_unit_own_header_test_LDADD = $(http_libs)
tests_unit_policy_test_LDADD = $(http_libs)
tests_unit_policy_origin_test_LDADD = $(http_libs)
tests_unit_policy_post_test_LDADD = $(http_libs)
tests_unit_request_test_LDADD = $(http_libs)
tests_unit_response_test_LDADD = $(http_libs)
tests_unit_target_test_LDADD = $(http_libs)
tests_unit_token_test_LDADD = $(http_libs)
tests_unit_address_test_LDADD = $(loop_libs)
tests_unit_loop_test_LDADD = $(loop_libs)
tests_unit_descriptor_budget_test_LDADD = $(loop_libs)
tests_unit_descriptor_test_LDADD = $(loop_libs)
tests_unit_local_socket_test_LDADD = $(loop_libs)
tests_unit_shared_file_test_LDADD = $(loop_libs)
tests_unit_block_end_test_LDADD = $(sources_libs)
tests_unit_command_input_test_LDADD = $(sources_libs)
tests_unit_file_head_test_LDADD = $(sources_libs)
tests_unit_machine_id_test_LDADD = $(sources_libs)
tests_unit_source_spec_test_LDADD = $(sources_libs)
tests_unit_spool_file_test_LDADD = $(sources_libs)
tests_unit_spool_test_LDADD = $(sources_libs)
tests_unit_redis_entries_test_LDADD = $(sources_libs)
tests_unit_redis_url_test_LDADD = $(sources_libs)
tests_unit_tick_data_test_LDADD = $(sources_libs)
tests_unit_held_back_test_LDADD = $(sources_libs)
tests_unit_catchup_test_LDADD = $(program_libs)
tests_unit_config_file_test_LDADD = $(program_libs)
tests_unit_feed_post_test_LDADD = $(program_libs)
tests_unit_post_test_LDADD = $(program_libs)
tests_unit_options_test_LDADD = $(program_libs)
tests_unit_on_demand_test_LDADD = $(program_libs)
tests_unit_streams_test_LDADD = $(program_libs)
tests_unit_admission_test_LDADD = $(gateways_libs)
tests_unit_connection_test_LDADD = $(gateways_libs)
tests_unit_fastcgi_decode_test_LDADD = $(gateways_libs)
tests_unit_fastcgi_mistake_test_LDADD = $(gateways_libs)
tests_unit_fastcgi_reader_test_LDADD = $(gateways_libs)
tests_unit_fastcgi_reader_dialogue_test_LDADD = $(gateways_libs)
tests_unit_fastcgi_reader_error_test_LDADD = $(gateways_libs)
tests_unit_fastcgi_record_test_LDADD = $(gateways_libs)
tests_unit_fastcgi_writer_test_LDADD = $(gateways_libs)
tests_unit_handover_message_test_LDADD = $(gateways_libs)
tests_unit_http_connection_test_LDADD = $(gateways_libs)
tests_unit_http_mistake_test_LDADD = $(gateways_libs)
tests_unit_web_servers_test_LDADD = $(gateways_libs)

tests_unit_pipecat_batch_test_LDADD = $(pipecat_libs)
tests_unit_pipecat_diagnosis_test_LDADD = $(pipecat_libs)
tests_unit_pipecat_observation_test_LDADD = $(pipecat_libs)
tests_unit_pipecat_print_test_LDADD = $(pipecat_libs)
tests_unit_pipecat_target_test_LDADD = $(pipecat_libs)
tests_unit_pipecat_verdict_test_LDADD = $(pipecat_libs)

# Wrapped around functions that the code calls, so that the tests see the calls.
wrap_memory = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc \
	-Wl,--wrap=realloc -Wl,--wrap=free
tests_unit_allocation_test_LDFLAGS = $(wrap_memory)
tests_unit_gzip_sharing_test_LDFLAGS = $(wrap_memory)
tests_unit_format_memory_test_LDFLAGS = $(wrap_memory)
tests_unit_ring_memory_test_LDFLAGS = $(wrap_memory)
tests_unit_fastcgi_decode_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc \
	-Wl,--wrap=realloc -Wl,--wrap=sigaction
tests_unit_fastcgi_reader_error_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=realloc
tests_unit_shared_file_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=poll
tests_unit_spool_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=loop_now_ms
tests_unit_spool_file_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=flock

SUITES = \
	tests/run-integration \
	tests/run-browser \
	tests/run-conformance

LOG_DRIVER = $(PYTHON3) $(srcdir)/tests/driver
AM_TESTS_ENVIRONMENT = $(TEST_VARIABLES) && export PIPECAST PIPECAST_SRCDIR \
	PIPECAST_RESULTS PIPECAST_SANITIZERS PIPECAST_HARDENED \
	PIPECAST_FORTIFIED PYTHON3 NODE NPM;

TEST_VARIABLES = \
	PIPECAST='$(abs_builddir)/pipecast' \
	PIPECAST_SRCDIR='$(abs_srcdir)' \
	PIPECAST_RESULTS='$(abs_builddir)/results/measured.jsonl' \
	PIPECAST_SANITIZERS='$(SANITIZED)' \
	PIPECAST_HARDENED='$(IS_HARDENED)' \
	PIPECAST_FORTIFIED='$(FORTIFIED)' \
	PYTHON3='$(PYTHON3)' NODE='$(NODE)' NPM='$(NPM)'

if SANITIZERS
SANITIZED = yes
else
SANITIZED =
endif

if HARDENED
IS_HARDENED = yes
else
IS_HARDENED =
endif

# The tools of the benchmark; the load client serves a test as well.
BENCH_TOOLS = tests/bench/tools/load tests/bench/tools/publish
BENCH_PEERS = tests/bench/peers/bare tests/bench/peers/naive
if HIREDIS
BENCH_PEERS += tests/bench/peers/redis
endif
EXTRA_PROGRAMS += $(BENCH_PEERS)

tests_bench_tools_load_SOURCES = \
	tests/bench/tools/address.c \
	tests/bench/tools/address.h \
	tests/bench/tools/clock.h \
	tests/bench/tools/load.c \
	tests/bench/tools/progress.c \
	tests/bench/tools/progress.h \
	tests/bench/tools/request.c \
	tests/bench/tools/request.h \
	tests/bench/tools/stream.c \
	tests/bench/tools/stream.h \
	tests/bench/tools/tally.c \
	tests/bench/tools/tally.h \
	tests/bench/tools/unpack.c \
	tests/bench/tools/unpack.h \
	tests/bench/tools/viewers.c \
	tests/bench/tools/viewers.h
tests_bench_tools_load_LDADD = $(ZLIB_LIBS)
tests_bench_tools_publish_SOURCES = \
	tests/bench/tools/address.c \
	tests/bench/tools/form.c \
	tests/bench/tools/form.h \
	tests/bench/tools/poster.c \
	tests/bench/tools/poster.h \
	tests/bench/tools/progress.c \
	tests/bench/tools/publish.c
tests_bench_tools_publish_LDADD =
tests_bench_peers_bare_SOURCES = \
	tests/bench/peers/bare.c \
	tests/bench/tools/address.c
tests_bench_peers_bare_LDADD =
tests_bench_peers_redis_SOURCES = tests/bench/peers/redis.c
tests_bench_peers_redis_LDADD = $(HIREDIS_LIBS)
tests_bench_peers_naive_SOURCES = tests/bench/peers/naive.c
tests_bench_peers_naive_LDADD = $(FCGI_LIBS) -lpthread

# Preloaded into the program: its calls fail, its clocks jump.
FAULTS = tests/preload/faults.so

$(FAULTS): $(srcdir)/tests/preload/faults.c
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -O1 -g \
	    -Wall -Wextra -fno-builtin -fPIC -shared -o $@ $<

# What the integration tests run besides the program.
test-programs: $(FAULTS) $(BENCH_TOOLS) $(BENCH_PEERS)

if CAN_CHECK
check_PROGRAMS = $(UNIT_TESTS) $(BENCH_TOOLS)
check_DATA = $(FAULTS)
TESTS = $(UNIT_TESTS) $(SUITES)
else
check_PROGRAMS =
EXTRA_PROGRAMS += $(BENCH_TOOLS)
check-local:
	@echo 'make check cannot run without:$(CHECK_MISSING)'
	@echo 'Install it and run ./configure again; ./bootstrap check does both.'
	@exit 1
endif

# The suites measure latencies: they run one after the other, after the unit
# tests. Suites that are not asked for (make check TESTS=...) do not run.
suite_log = $(filter %/run-$(1).log,$(TEST_LOGS))
$(call suite_log,integration): $(filter tests/unit/%,$(TEST_LOGS))
$(call suite_log,browser): $(call suite_log,integration)
$(call suite_log,conformance): $(call suite_log,browser)

EXTRA_DIST += \
	$(SUITES) \
	tests/bench/bench-cgi \
	tests/bench/bench-fanout \
	tests/bench/contenders.py \
	tests/bench/launch.c \
	tests/bench/measuring.py \
	tests/bench/peers/node.js \
	tests/bench/peers/redis-nodes \
	tests/bench/peers/server-time.c \
	tests/bench/peers/server-time.php \
	tests/bench/peers/server-time.py \
	tests/bench/report.py \
	tests/browser \
	tests/conformance \
	tests/driver \
	tests/lint-layers \
	tests/fuzz \
	tests/integration \
	tests/preload/faults.c \
	tests/report-coverage \
	tests/run-fuzz \
	tests/run-package \
	tests/run-portability \
	tests/run-pytest \
	tests/run-valgrind \
	tests/portability \
	tests/sanitizer.c \
	tests/summary \
	$(wildcard $(srcdir)/tests/unit/*.h)

# make check-built: of the suites only what shows how the program was built, and
# the browser. make sanitized: the program with the sanitizers, in ./sanitized,
# from what is distributed, since a source tree that is configured cannot be
# built elsewhere; all of its suites but the browser's run there, by make check.
# make check-release: everything in both builds.

BUILT_TESTS = hardening or installation or volume or benchmarks
SANITIZED_TESTS = $(filter-out tests/run-browser,$(TESTS))

check-built:
	$(MAKE) check check_PROGRAMS='$(BENCH_TOOLS)' \
	    TESTS='tests/run-integration tests/run-browser' \
	    INTEGRATION_TESTS='$(BUILT_TESTS)'

sanitized: dist
	rm -rf sanitized && mkdir sanitized
	tar -xzf $(distdir).tar.gz -C sanitized --strip-components 1
	cd sanitized && ./configure -q --enable-werror --enable-sanitizers
	$(MAKE) -C sanitized check TESTS=

check-sanitized:
	@test -e sanitized/Makefile || $(MAKE) sanitized
	$(MAKE) -C sanitized check TESTS='$(SANITIZED_TESTS)'

check-release: sanitized
	status=0; $(MAKE) check || status=$$?; \
	    $(MAKE) -C sanitized check && exit $$status

# make style, make lint: both must find nothing.  clang-format leaves comments
# alone.

sources = $(libcore_a_SOURCES) $(libformats_a_SOURCES) $(libhttp_a_SOURCES) \
	$(libloop_a_SOURCES) $(libsources_a_SOURCES) \
	$(libgateways_a_SOURCES) $(libprogram_a_SOURCES) \
	$(filter-out page.c,$(pipecast_SOURCES)) \
	$(libpipecat_a_SOURCES) $(pipecat_SOURCES)

style:
	cd $(srcdir) && find src tests -name '*.[ch]' -exec \
	    clang-format --dry-run -Werror {} +
	cd $(srcdir) && find src tests -name '*.[ch]' -exec awk \
	    '/^\t* *(\/\*|\*) / { gsub(/\t/, "        ") } \
	    /^ *(\/\*|\*) / && length > 80 { print FILENAME ":" FNR \
	    ": over 80 columns"; found = 1 } END { exit found }' {} +

lint_flags = -std=gnu11 -I$(abs_builddir) -Isrc

lint: lint-layers
	cd $(srcdir) && ! printf '%s\n' $(filter %.c,$(sources)) | \
	    xargs -I FILE -P 2 clang-tidy --quiet FILE -- $(lint_flags) 2>&1 | \
	    grep -v '^[0-9]* warnings* generated\.$$'
	cd $(srcdir) && cppcheck --quiet --error-exitcode=1 --std=c11 \
	    --enable=warning,performance,portability --inline-suppr \
	    -I$(abs_builddir) -Isrc src
	mandoc -Tlint -W warning $(srcdir)/man/pipecast.1 \
	    $(srcdir)/man/pipecat.1

# Dependencies point downwards only, folders at the same height know nothing of
# each other, nor do gateways or sources; and a library has one place.
lint-layers:
	cd $(srcdir)/src && $(PYTHON3) -B ../tests/lint-layers

# make fuzz: every parser for FUZZ_SECONDS. New inputs of libFuzzer are kept in
# fuzz/corpus, inputs that fail in fuzz/findings.

FUZZ_SECONDS = 60
fuzz_flags = -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_pure = $(patsubst %.c,fuzz/%.o,$(filter %.c,$(libcore_a_SOURCES) \
	$(libformats_a_SOURCES) $(libhttp_a_SOURCES) $(libpipecat_a_SOURCES)))
fuzz_names = $(filter-out $(fuzz_left_out), \
	$(notdir $(basename $(wildcard $(srcdir)/tests/fuzz/*_fuzz.c))))
if !HIREDIS
fuzz_left_out = redis_fuzz
endif

fuzz: $(addprefix fuzz/,$(fuzz_names))
	$(srcdir)/tests/run-fuzz $(FUZZ_SECONDS) $(fuzz_names)

# These need more than the pure libraries. The target of the options has a log of
# its own.
source_objects = $(patsubst %.c,fuzz/%.o,$(filter %.c,$(libsources_a_SOURCES) \
	$(libloop_a_SOURCES)))
option_sources = $(addprefix src/program/,config_file.c help.c option_set.c \
	option_table.c options.c options_fit.c options_print.c read_file.c)
fuzz/options_fuzz: $(filter-out fuzz/src/loop/log.o,$(source_objects)) \
	$(patsubst %.c,fuzz/%.o,$(option_sources) \
	$(filter %.c,$(libgateways_a_SOURCES)))
fuzz/options_fuzz: fuzz_libs = $(LIBEVENT_LIBS) $(FCGI_LIBS)
fuzz/journal_fuzz: fuzz/src/sources/journal_arguments.o
fuzz/name_fuzz: $(source_objects)
fuzz/name_fuzz: fuzz_libs = $(LIBEVENT_LIBS)
fuzz/post_fuzz: $(source_objects) $(patsubst %.c,fuzz/%.o,$(filter-out \
	$(option_sources) $(addprefix src/program/,server.c cgi_run.c \
	runtime.c endpoints.c hub.c hub_watch.c share.c share_place.c \
	share_version.c status.c token_files.c viewer_page.c), \
	$(filter %.c,$(libprogram_a_SOURCES))))
fuzz/post_fuzz: fuzz_libs = $(LIBEVENT_LIBS)

fuzz/redis_fuzz: $(patsubst %,fuzz/src/sources/redis_%.o,entries id wire)

gateway_objects = $(patsubst %,fuzz/src/gateways/fastcgi_%.o,$(1))
fuzz/fastcgi_reader_fuzz: $(call gateway_objects,reader record rules)
fuzz/fastcgi_writer_fuzz: $(call gateway_objects,writer record)
fuzz/fastcgi_decode_fuzz: $(call gateway_objects,decode record) \
	fuzz/src/loop/descriptor.o
fuzz/fastcgi_decode_fuzz: fuzz_libs = $(FCGI_LIBS)
fuzz/handover_message_fuzz: fuzz/src/gateways/handover_message.o

fuzz/%_fuzz: fuzz/tests/fuzz/%_fuzz.o $(fuzz_pure)
	$(AM_V_CCLD)$(CLANG) $(fuzz_flags) -fsanitize=fuzzer -o $@ $^ \
	    $(JANSSON_LIBS) $(LIBMD_LIBS) $(ZLIB_LIBS) $(HIREDIS_LIBS) \
	    $(fuzz_libs)

fuzz/%.o: %.c $(filter %.h,$(sources)) \
		$(wildcard $(srcdir)/tests/fuzz/*.h $(srcdir)/tests/unit/*.h) config.h
	@test -n '$(CLANG)' || { echo 'make fuzz needs clang'; exit 1; }
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CLANG) $(STANDARD_CFLAGS) $(fuzz_flags) \
	    -fsanitize=fuzzer-no-link $(DEFAULT_INCLUDES) -I$(srcdir)/src \
	    $(JANSSON_CFLAGS) $(LIBMD_CFLAGS) $(LIBEVENT_CFLAGS) \
	    $(FCGI_CFLAGS) -c -o $@ $<

# make valgrind: the unit tests and a few streams under memcheck.

valgrind: all $(check_PROGRAMS)
	$(srcdir)/tests/run-valgrind $(UNIT_TESTS)

# make spool: pipecasts that append to a spool are killed for SPOOL_SECONDS.

SPOOL_SECONDS = 60

spool: all
	SPOOL_SECONDS='$(SPOOL_SECONDS)' \
	    $(TEST_VARIABLES) $(srcdir)/tests/run-integration -k survive_kills

# make redis: nodes, relays and Redis are killed for REDIS_SECONDS, twice, while
# viewers come back anywhere.

REDIS_SECONDS = 60
REDIS_VIEWERS = 200

redis: all
	REDIS_SECONDS='$(REDIS_SECONDS)' REDIS_VIEWERS='$(REDIS_VIEWERS)' \
	    $(TEST_VARIABLES) $(srcdir)/tests/run-integration -n 0 -k redis_kills

# make tree: each node of a tree of relays is killed in turn while TREE_EVENTS
# pass, about 100 a second.

TREE_EVENTS = 6000

tree: all
	TREE_EVENTS='$(TREE_EVENTS)' \
	    $(TEST_VARIABLES) $(srcdir)/tests/run-integration -n 0 -k tree_of_relays

# make posting: POSTING_EVENTS posts by 50 senders to 100 viewers, to each kind
# of source that takes posts.

POSTING_EVENTS = 1000000

posting: all $(BENCH_TOOLS)
	POSTING_EVENTS='$(POSTING_EVENTS)' $(TEST_VARIABLES) \
	    $(srcdir)/tests/run-integration -n 0 -k posting_volume

# make soak: viewers, writers and the process come and go for SOAK_SECONDS.
# SOAK_PREFIX="valgrind --quiet --leak-check=full" looks for more.

SOAK_SECONDS = 60
SOAK_PREFIX =

soak: all $(BENCH_TOOLS)
	SOAK_SECONDS='$(SOAK_SECONDS)' SOAK_PREFIX='$(SOAK_PREFIX)' \
	    $(TEST_VARIABLES) $(srcdir)/tests/run-integration -k soak

# make share: a crowd of SHARE_VIEWERS comes and goes for SHARE_SECONDS before
# one script with --share.

SHARE_SECONDS = 120
SHARE_VIEWERS = 2000

share: all $(BENCH_TOOLS)
	SHARE_SECONDS='$(SHARE_SECONDS)' SHARE_VIEWERS='$(SHARE_VIEWERS)' \
	    $(TEST_VARIABLES) $(srcdir)/tests/run-integration -n 0 \
	    -k share_crowd

# make histories: HISTORIES random histories of a followed log, from the one of
# number HISTORY_SEED on.

HISTORIES = 10000
HISTORY_SEED = 1

histories: all
	HISTORIES='$(HISTORIES)' HISTORY_SEED='$(HISTORY_SEED)' \
	    $(TEST_VARIABLES) $(srcdir)/tests/run-integration -k histories

# make coverage-core, make coverage: the parts of the core that its unit tests
# run, and the parts of everything that all tests run, or those of
# COVERAGE_TESTS. Fails below the limits. For a build that is configured with
# --enable-coverage; results/coverage shows it line by line.

COVERAGE_TESTS = $(TESTS)
coverage_report = $(PYTHON3) -B $(srcdir)/tests/report-coverage '$(abs_srcdir)'

coverage-core: coverage-begin
	$(MAKE) $(CORE_TESTS)
	$(MAKE) check-TESTS TESTS='$(CORE_TESTS)'
	$(coverage_report) src/core 95 results/coverage/core.html

coverage: coverage-begin
	$(MAKE) check TESTS=
	@$(allow_all_to_count)
	status=0; $(MAKE) check TESTS='$(COVERAGE_TESTS)' || status=$$?; \
	    $(coverage_report) src 85 results/coverage/all.html && exit $$status

coverage-begin:
	@case ' $(HARDENING_CFLAGS) ' in *' --coverage '*) ;; *) \
	    echo 'first: ./configure --enable-coverage'; exit 1 ;; esac
	@find . -name '*.gcda' -exec rm {} +

# Web servers run the program as another user, which must count as well.
allow_all_to_count = find src -name '*.gcno' | sed 's/gcno$$/gcda/' | \
	while read -r file; do : >"$$file"; chmod a+rw "$$file"; done

# make package: the Debian package, built, looked at by lintian, and used in a
# system of its own; needs root.

package: dist
	$(srcdir)/tests/run-package $(distdir).tar.gz

# make portability: other compilers, other C libraries, 32 bits, without the
# calls that only Linux has, linked statically. PORTABILITY chooses from these.

PORTABILITY =

portability: dist
	$(srcdir)/tests/run-portability $(distdir).tar.gz $(PORTABILITY)

# make faults: every FAULTS_STEP-th allocation and system call from FAULTS_FIRST
# on fails, in one life of a process after the other. The suites have a step of
# 7 and begin with the first.

FAULTS_STEP = 1
FAULTS_FIRST = 1

faults: all $(FAULTS)
	FAULTS_STEP='$(FAULTS_STEP)' FAULTS_FIRST='$(FAULTS_FIRST)' \
	    $(TEST_VARIABLES) $(srcdir)/tests/run-integration -k faults_sweep

# make bench: what a CGI process costs beside scripts that do the same, and
# how events reach many viewers beside servers that do the same. BENCH_OPTIONS
# are the latter's (--quick, ...; see tests/bench/bench-fanout --help).

bench: all $(BENCH_TOOLS) $(BENCH_PEERS)
	$(MAKE) bench-cgi
	$(MAKE) bench-fanout

bench-cgi: all
	$(TEST_VARIABLES) $(srcdir)/tests/bench/bench-cgi

bench-fanout: all $(BENCH_TOOLS) $(BENCH_PEERS)
	$(TEST_VARIABLES) $(PYTHON3) -B $(srcdir)/tests/bench/bench-fanout \
	    $(BENCH_OPTIONS)

.PHONY: test-programs check-built sanitized check-sanitized check-release style lint \
	lint-layers fuzz valgrind soak share spool redis tree posting histories faults coverage \
	coverage-core coverage-begin package portability bench bench-cgi \
	bench-fanout
.SECONDARY:

clean-local:
	rm -f $(FAULTS)
	rm -rf results axe conformance sanitized valgrind
	rm -rf fuzz/src fuzz/tests fuzz/*_fuzz
	rm -f *.gc?? src/*.gc?? src/*/*.gc?? tests/*/*.gc??

distclean-local:
	rm -rf fuzz
