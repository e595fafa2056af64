"""--base-path: where a web server or proxy has mounted pipecast, in every
gateway. What real servers pass on is tried under them."""

import pytest

BASE = "/tools/events"
MOUNTED = ("--base-path", BASE, "--status", "one=every:20ms", "two=every:20ms")


def types_of(stream):
    return {event.type for event in stream.next_events(10)}


def test_streams_report_and_page_are_below_it(listen):
    """And where a proxy drops it."""
    program = listen(*MOUNTED)
    for target, types in ((BASE, {"one", "two"}), (f"{BASE}/two/", {"two"}),
                          (f"{BASE}?source=two", {"two"}), ("/two", {"two"})):
        assert types_of(program.open(target)) == types
    for target in "/.status", f"{BASE}/.status":
        assert program.fetch(target).headers["content-type"] == (
            "application/json")
    page = program.fetch(f"{BASE}/two", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    for target in "/tools/eventsource/two", "/tools/events/three":
        assert program.fetch(target).status == 404
    assert program.address.endswith(f"{BASE}/")


@pytest.mark.parametrize("variables, types", [
    ({"SCRIPT_NAME": f"{BASE}/two"}, {"two"}),
    ({"SCRIPT_NAME": BASE, "PATH_INFO": "/two"}, {"two"}),
    ({"SCRIPT_NAME": "", "PATH_INFO": f"{BASE}/two"}, {"two"}),
    ({"SCRIPT_NAME": "/cgi-bin/events.cgi"}, {"one", "two"}),
])
def test_each_way_of_passing_a_path_on_leads_there(
        serve, gateway, variables, types):
    stream = serve(*MOUNTED).open(variables=variables)
    assert types_of(stream) == types
    program = gateway(*MOUNTED, request=variables)
    assert types_of(program.stream) == types


def test_longer_path_without_it_is_told_of_it(listen, serve):
    variables = {"SCRIPT_NAME": "", "PATH_INFO": f"{BASE}/two"}
    answers = [listen("two=every:1h").fetch(f"{BASE}/two"),
               serve("two=every:1h").open(variables=variables)]
    for answer in answers:
        assert answer.status == 404
        answer.wait_body(b"--base-path")
