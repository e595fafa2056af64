"""A followed file resumes by Last-Event-ID: nothing lost, nothing twice."""




def numbers(first, last):
    return [f"line {n}" for n in range(first, last + 1)]


def read_lines(server, target, log, lines):
    """Follow the file from now on, read the lines and leave."""
    stream = server.open(target).wait_open()
    log.write_lines(lines)
    events = stream.next_events(len(lines))
    assert [event.data for event in events] == lines
    stream.close()
    return events


def resume(server, target, last_event_id):
    return server.open(target, headers={"Last-Event-ID": last_event_id})


def test_resumes_where_it_stopped(server, script_name, log):
    target = server.put_pipecast(script_name, f"file:{log.path}")
    last = read_lines(server, target, log, numbers(1, 10))[-1]
    log.write_lines(numbers(11, 20))
    stream = resume(server, target, last.id)
    assert stream.next_data(10) == numbers(11, 20)
    log.write_lines(numbers(21, 30))
    assert stream.next_data(10) == numbers(21, 30)


def test_resumes_in_the_middle(server, script_name, log):
    target = server.put_pipecast(script_name, f"file:{log.path}")
    events = read_lines(server, target, log, numbers(1, 10))
    stream = resume(server, target, events[3].id)
    assert stream.next_data(6) == numbers(5, 10)


def test_resumes_across_a_rotation(server, script_name, log):
    target = server.put_pipecast(script_name, f"file:{log.path}")
    last = read_lines(server, target, log, numbers(1, 10))[-1]
    log.write_lines(numbers(11, 15))
    log.rotate().close()
    log.write_lines(numbers(16, 20))
    stream = resume(server, target, last.id)
    assert stream.next_data(10) == numbers(11, 20)
    log.write_lines(numbers(21, 25))
    assert stream.next_data(5) == numbers(21, 25)


def test_resumes_across_two_rotations(server, script_name, log):
    target = server.put_pipecast(script_name, f"file:{log.path}")
    last = read_lines(server, target, log, numbers(1, 10))[-1]
    for first in (11, 21):
        log.write_lines(numbers(first, first + 9))
        log.rotate().close()
    log.write_lines(numbers(31, 40))
    stream = resume(server, target, last.id)
    assert stream.next_data(30) == numbers(11, 40)


def test_resumes_across_copytruncate(server, script_name, log):
    target = server.put_pipecast(script_name, f"file:{log.path}")
    last = read_lines(server, target, log, numbers(1, 10))[-1]
    log.write_lines(numbers(11, 15))
    log.rotate_by_copy()
    log.write_lines(numbers(16, 20))
    stream = resume(server, target, last.id)
    first = stream.next_event()
    if first.type == "gap":
        assert stream.next_data(5) == numbers(16, 20)
    else:
        assert [first.data] + stream.next_data(9) == numbers(11, 20)


def test_resumes_by_query_parameter(server, script_name, log):
    target = server.put_pipecast(script_name, f"file:{log.path}")
    last = read_lines(server, target, log, numbers(1, 10))[-1]
    log.write_lines(numbers(11, 20))
    stream = server.open(f"{target}?last_event_id={last.id}")
    assert stream.next_data(10) == numbers(11, 20)


def test_reconnecting_after_a_kill_loses_nothing(server, script_name, log):
    """A viewer that reconnects after every few lines, through rotations."""
    log.write_line("before")
    target = server.put_pipecast(script_name, f"file:{log.path}")
    seen = read_lines(server, target, log, numbers(1, 3))
    for first in range(4, 40, 3):
        log.write_lines(numbers(first, first + 2))
        if first % 4 == 0:
            log.rotate().close()
        stream = resume(server, target, seen[-1].id)
        seen += stream.next_events(3)
        stream.close()
    assert [event.data for event in seen] == numbers(1, 39)
    assert len({event.id for event in seen}) == 39


def test_unknown_last_event_id_draws_a_gap_event(server, script_name, log):
    target = server.put_pipecast(script_name, f"file:{log.path}")
    stream = resume(server, target, "no-such-id")
    gap = stream.next_event()
    assert (gap.type, gap.id) == ("gap", "")
    assert gap.data == '{"last_event_id":"no-such-id","missed":null}'
    log.write_line("goes on")
    assert stream.events_until("goes on")
