"""FIFO sources: made when missing, writers come and go."""

import os
import stat

import pytest

import fifo
from faults import preloaded
from waiting import wait_for, wait_still


@pytest.fixture
def path(folder):
    return folder / "events.fifo"


@pytest.fixture
def program(run, path):
    program = run("--cgi", "--heartbeat", "200ms", f"fifo:{path}")
    program.stream.wait_open()
    return program


def test_missing_fifo_is_made_for_owner_and_group(run, path):
    run("--cgi", f"fifo:{path}", umask=0o022).stream.wait_open()
    mode = os.stat(path).st_mode
    assert stat.S_ISFIFO(mode)
    assert stat.S_IMODE(mode) == 0o660


def test_existing_fifo_keeps_its_mode_and_outlives_its_viewer(run, path):
    os.mkfifo(path)
    os.chmod(path, 0o600)
    for data in (b"one\n", b"two\n"):
        program = run("--cgi", "--heartbeat", "1h", f"fifo:{path}")
        fifo.write_once(path, data)
        assert program.stream.next_event().data == data.decode().strip()
        program.leave()
        assert program.wait_exit() == 0
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_writers_come_and_go(run, path, counts):
    """And when they have gone, there is nothing to do."""
    stream = run("--cgi", "--heartbeat", "200ms", f"fifo:{path}",
                 prefix=preloaded(counts=counts)).stream.wait_open()
    for n in range(20):
        fifo.write_once(path, b"%d\n" % n)
        assert stream.next_event().data == str(n)
    wait_still(lambda: counts.busy, "work")


@pytest.mark.parametrize("name, reason", [
    ("file", "it is not a FIFO"), ("", "it is not a FIFO"),
    ("no/fifo", "No such file or directory")])
def test_path_that_is_no_fifo_is_refused(run, folder, name, reason):
    (folder / "file").touch()
    program = run("--cgi", "-q", f"fifo:{folder}/{name}")
    assert program.finish() == 1
    assert program.errors() == f"pipecast: fifo:{folder}/{name}: {reason}\n"


def test_writer_that_dies_in_mid_line_does_not_end_the_stream(program, path):
    fifo.write_once(path, b"cut o")
    fifo.write_once(path, b"ff\nnext\n")
    assert "next" in [event.data for event
                      in program.stream.events_until("next")]


def test_burst_larger_than_the_pipe_arrives_whole(program, path):
    lines = [f"line {n}" for n in range(20_000)]
    with fifo.open_writer(path) as writer:
        pid = os.fork()
        if pid == 0:
            with os.fdopen(os.dup(writer.fileno()), "wb") as child:
                child.write("".join(f"{x}\n" for x in lines).encode())
            os._exit(0)
        got = program.stream.next_data(len(lines))
        os.waitpid(pid, 0)
    assert got == lines


def test_deleted_fifo_is_made_again(program, path):
    fifo.write_once(path, b"before\n")
    assert program.stream.next_data(1) == ["before"]
    path.unlink()
    wait_for(path.exists, "another FIFO")
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    fifo.write_once(path, b"after\n")
    assert program.stream.next_data(1) == ["after"]


def test_fifo_that_takes_its_place_is_read(program, path, folder):
    program.stream.wait_open()
    for n in range(5):
        os.mkfifo(folder / "new")
        os.rename(folder / "new", path)
        fifo.write_once(path, b"line %d\n" % n)
        assert program.stream.next_data(1) == [f"line {n}"]


def test_what_was_written_to_the_old_one_is_read_to_its_end(
        program, path, folder):
    program.stream.wait_open()
    with fifo.open_writer(path) as writer:
        writer.write(b"first\n")
        os.rename(path, folder / "old")
        writer.write(b"second\n")
        assert program.stream.next_data(2) == ["first", "second"]
        os.mkfifo(path)
        writer.write(b"third\n")
    fifo.write_once(path, b"fourth\n")
    assert program.stream.next_data(2) == ["third", "fourth"]


def test_file_that_takes_its_place_is_complained_of_and_left(program, path):
    program.stream.wait_open()
    path.unlink()
    wait_for(path.exists, "another FIFO")
    other = path.with_name("other")
    other.write_text("a file\n")
    os.rename(other, path)
    program.wait_for_error("not a FIFO")
    assert path.read_text() == "a file\n"
    path.unlink()
    wait_for(path.is_fifo, "a FIFO again")
    fifo.write_once(path, b"after\n")
    assert program.stream.next_data(1) == ["after"]
    assert program.errors().count("not a FIFO") == 1
