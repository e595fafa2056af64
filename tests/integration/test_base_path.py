"""--base-path: where a web server or proxy has mounted pipecast, in every
gateway. What real servers pass on is tried under them."""

import pytest

BASE = "/tools/events"
MOUNTED = ("--base-path", BASE, "--status", "one=every:20ms", "two=every:20ms")


def types_of(stream):
    return {event.type for event in stream.next_events(10)}


@pytest.mark.parametrize("target, types", [
    (BASE, {"one", "two"}),
    (f"{BASE}/", {"one", "two"}),
    (f"{BASE}/two", {"two"}),
    (f"{BASE}/two/", {"two"}),
    ("//tools//events//two", {"two"}),
    (f"{BASE}?source=two", {"two"}),
    ("/", {"one", "two"}),
    ("/two", {"two"}),
])
def test_streams_are_below_it_and_where_a_proxy_drops_it(
        listen, target, types):
    assert types_of(listen(*MOUNTED).open(target)) == types


@pytest.mark.parametrize("variables, types", [
    ({"SCRIPT_NAME": f"{BASE}/two"}, {"two"}),
    ({"SCRIPT_NAME": BASE}, {"one", "two"}),
    ({"SCRIPT_NAME": f"{BASE}/two", "PATH_INFO": "/two"}, {"two"}),
    ({"SCRIPT_NAME": BASE, "PATH_INFO": "/two"}, {"two"}),
    ({"SCRIPT_NAME": "", "PATH_INFO": f"{BASE}/two"}, {"two"}),
    ({"SCRIPT_NAME": "", "PATH_INFO": BASE}, {"one", "two"}),
    ({"SCRIPT_NAME": "", "PATH_INFO": "/two"}, {"two"}),
    ({"SCRIPT_NAME": "/cgi-bin/events.cgi"}, {"one", "two"}),
])
def test_each_way_of_passing_a_path_on_leads_there(
        serve, gateway, variables, types):
    stream = serve(*MOUNTED).open(variables=variables)
    assert types_of(stream) == types
    program = gateway(*MOUNTED, request=variables)
    assert types_of(program.stream) == types


@pytest.mark.parametrize("target", [
    "/tools/eventsource/two", "/tools", "/events/two", "/tools/events/three",
    "/x/tools/events/two",
])
def test_other_paths_are_not_found(listen, target):
    assert listen(*MOUNTED).fetch(target).status == 404


def test_report_and_page_are_below_it(listen):
    program = listen(*MOUNTED)
    for target in "/.status", f"{BASE}/.status", f"{BASE}/.status/":
        assert program.fetch(target).headers["content-type"] == (
            "application/json")
    page = program.fetch(f"{BASE}/two", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("given, printed", [
    (BASE, "/tools/events/"), ("/tools/events/", "/tools/events/"),
    ("/my%20tools", "/my%20tools/"), ("/", "/"),
])
def test_printed_url_leads_to_the_stream(listen, given, printed):
    program = listen("--base-path", given, "every:20ms")
    [url] = program.urls()
    assert url.endswith(printed) and url.count("/") == 2 + printed.count("/")
    assert program.open(printed).next_event().data


@pytest.mark.parametrize("path", [
    "", "tools", "http://a/tools", "/a//b", "/a/../b", "/a?b", "/a b", "/a%2",
    "/a%2fb", "/ä",
])
def test_wrong_path_is_a_usage_error(run, path):
    program = run("--base-path", path, "every:1h")
    assert program.wait_exit() == 2
    assert "--base-path" in program.errors()
    assert "/tools/events" in program.errors()


def test_longer_path_without_it_is_told_of_it(listen, serve):
    variables = {"SCRIPT_NAME": "", "PATH_INFO": f"{BASE}/two"}
    answers = [listen("two=every:1h").fetch(f"{BASE}/two"),
               serve("two=every:1h").open(variables=variables)]
    for answer in answers:
        assert answer.status == 404
        answer.wait_body(b"--base-path")
