"""Any number of sources in one stream, named or not."""

import subprocess

import fifo
from program import cgi_environment


def pairs(events):
    return sorted((event.type, event.data) for event in events)


def test_all_kinds_in_one_stream(run, folder):
    log = folder / "log"
    log.touch()
    path = folder / "fifo"
    program = run("--cgi", "in=-", f"pipe=fifo:{path}", f"log=file:{log}",
                  "command=exec:echo a; sleep 1000", "tick=every:1h:echo b",
                  stdin=subprocess.PIPE)
    stream = program.stream
    assert pairs(stream.next_events(2)) == [("command", "a"), ("tick", "b")]
    fifo.write_once(path, b"c\n")
    assert pairs([stream.next_event()]) == [("pipe", "c")]
    log.write_text("d\n")
    assert pairs([stream.next_event()]) == [("log", "d")]
    program.stdin.write(b"e\n")
    program.stdin.flush()
    assert pairs([stream.next_event()]) == [("in", "e")]


def test_stream_ends_with_its_last_source(run):
    program = run("--cgi", "exec:echo 1; exit 1",
                  "exec:sleep 0.3; echo 2; exit 2")
    assert program.finish() == 0
    events = program.stream.wait_end()
    assert [event.data for event in events[:2]] == ["1", "2"]
    assert [event.type for event in events[2:]] == ["end"]


def test_one_name_selects_one_source_and_starts_no_other(run, folder):
    marker = folder / "ran"
    program = run("--cgi", "one=exec:echo 1",
                  f"two=exec:touch {marker}; echo 2",
                  env=cgi_environment(PATH_INFO="/one"))
    assert program.finish() == 0
    assert pairs(program.stream.wait_end()) == \
        [("end", '{"exit_status":0}'), ("one", "1")]
    assert not marker.exists()


def test_sources_that_count_alike_resume_without_a_loss(listen, folder):
    """In the stream of both the ids are ours, in their own they are theirs."""
    program = listen("-f", "json", f"a=fifo:{folder}/a", f"b=fifo:{folder}/b",
                     "--replay", "all")
    both, only = program.open().wait_open(), program.open("/b").wait_open()
    for name in "ab":
        with fifo.open_writer(folder / name) as writer:
            for n in range(1, 6):
                writer.write(f'{{"data":"{name}{n}","id":{n}}}\n'.encode())
        events = both.next_events(5)
        assert [e.data for e in events] == [f"{name}{n}" for n in range(1, 6)]
        if name == "a":
            last = events[-1]
    again = program.open(headers={"Last-Event-ID": last.id})
    assert again.next_data(5) == ["b1", "b2", "b3", "b4", "b5"]
    assert [event.id for event in only.next_events(5)] == list("12345")
    assert program.open("/b?lastEventId=3").next_data(2) == ["b4", "b5"]


def test_one_fifo_as_two_sources_is_refused(run, folder):
    path, link = folder / "fifo", folder / "link"
    fifo.make_fifo(path)
    link.symlink_to(path)
    for other in (path, link, f"{folder}/./fifo"):
        program = run("--cgi", f"a=fifo:{path}", f"b=fifo:{other}")
        assert program.finish() == 2
        assert "each would get only a part of the FIFO" in program.errors()
