"""Places in a file: a viewer goes on at its own line, or is told of a gap,
however much the lines look alike."""

import contextlib
import glob
import os
import shutil
import signal
import time

import pytest

from faults import preloaded
from namespaces import namespaces
from processes import is_stopped, watched
from program import cgi_environment
from waiting import DEADLINE, wait_for

ALIKE = ('{{"n":{},"service":"payments-of-the-whole-shop",'
         '"env":"production","region":"central"}}')


def lines(first, last):
    return [ALIKE.format(n) for n in range(first, last + 1)]


def write(path, text, how="a"):
    with open(path, how) as file:
        file.write("".join(f"{line}\n" for line in text))


@pytest.fixture
def path(folder):
    return f"{folder}/alike.log"


@pytest.fixture
def visit(run, path):
    """The stream of a visitor with that last event ID."""
    def visit(last_event_id="", *options):
        env = cgi_environment(HTTP_LAST_EVENT_ID=last_event_id) \
            if last_event_id else cgi_environment()
        return run("--cgi", *options, f"file:{path}", env=env).stream
    return visit


@pytest.fixture
def place(run, path):
    """The id of the ninth line of 45 whose ends are alike. Nobody has the
    file open any more, so that its inode can be given to another."""
    write(path, lines(10, 54))
    program = run("--cgi", "--replay", "all", f"file:{path}")
    events = program.stream.next_events(9)
    assert events[8].data == lines(18, 18)[0]
    program.stop()
    return events[8].id


def opened(path):
    """The files that begin with the path and that a process has open."""
    names = []
    for link in glob.glob("/proc/[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            names.append(os.readlink(link))
    return [name for name in names if name.startswith(path)]


@pytest.mark.parametrize("rotate", [shutil.copy, os.rename])
def test_lines_that_end_alike_are_told_apart(visit, path, place, rotate):
    rotate(path, f"{path}.1")
    write(path, lines(60, 104), "w")
    expected = lines(19, 54) + lines(60, 104)
    assert visit(place).next_data(len(expected)) == expected


def test_copy_beside_the_file_changes_nothing_but_two_alone_draw_a_gap(
        visit, path, place):
    shutil.copy(path, f"{path}.1")
    shutil.copy(path, f"{path}.2")
    assert visit(place).next_data(36) == lines(19, 54)
    assert opened(path) == [path]
    write(path, lines(60, 104), "w")
    assert visit(place).next_events(1)[0].type == "gap"


def test_file_that_is_gone_draws_a_gap_whatever_its_inode(
        visit, path, place):
    """ext4 gives the inode of a removed file to the next one."""
    os.rename(path, f"{path}.1")
    write(path, lines(55, 99))
    os.rename(path, f"{path}.1")
    write(path, lines(60, 104))
    assert visit(place).next_events(1)[0].type == "gap"


def test_lines_that_are_all_the_same_draw_a_gap(visit, path):
    write(path, ["same"] * 20)
    ninth = visit("", "--replay", "all").next_events(9)[8].id
    shutil.copy(path, f"{path}.1")
    write(path, ["same"] * 30, "w")
    assert visit(ninth).next_events(1)[0].type == "gap"


def test_last_line_that_is_rewritten_in_place_repeats_nothing(visit, path):
    write(path, lines(10, 54))
    stream = visit("", "--replay", "all")
    assert stream.next_data(45) == lines(10, 54)
    with open(path, "r+b") as file:
        file.seek(-30, os.SEEK_END)
        file.write(b"#" * 10)
    write(path, lines(55, 57))
    assert stream.next_data(3) == lines(55, 57)


# Two disks that number their files alike: the second name of each is a file
# of the inode of the first.

TWO_DISKS = """
cd "$0" || exit
for disk in a b; do
    mkdir -p $disk && mount -t tmpfs $disk $disk || exit
    cp $disk.txt $disk/log 2>/dev/null || touch $disk/log
done
if [ $(stat -c %i a/log) != $(stat -c %i b/log) ]; then
    echo "the files of two tmpfs have different inodes" >&2
    exit 1
fi
exec "$@"
"""


@pytest.fixture
def two_disks(folder):
    """The command that starts a program with a/log and b/log below the folder,
    and "current", a link to the first of them."""
    mount = ["sh", "-c", TWO_DISKS, str(folder)]
    command = [*namespaces(["-m"], [*mount, "true"]), *mount]
    os.symlink("a/log", folder / "current")
    write(folder / "a.txt", lines(10, 20))
    write(folder / "b.txt", lines(60, 104))
    return command


def switch(folder):
    """As ln -sfn does it."""
    os.symlink("b/log", folder / "next")
    os.rename(folder / "next", folder / "current")


def test_link_is_followed_to_a_file_of_the_same_inode_on_another_disk(
        run, folder, two_disks):
    program = run("--cgi", "--replay", "all", f"file:{folder}/current",
                  prefix=two_disks)
    assert program.stream.next_data(11) == lines(10, 20)
    switch(folder)
    assert program.stream.next_data(45) == lines(60, 104)


def test_place_is_not_found_in_a_file_of_the_same_inode_on_another_disk(
        run, folder, two_disks):
    def visit(**variables):
        return run("--cgi", "--replay", "all", f"file:{folder}/current",
                   prefix=two_disks, env=cgi_environment(**variables)).stream

    tenth = visit().next_events(10)[-1].id
    switch(folder)
    assert visit(HTTP_LAST_EVENT_ID=tenth).next_event().type == "gap"


# What changes while the program does not look.

@pytest.fixture
def follow(run, path):
    """A new viewer of the file, and the program that serves it."""
    def follow(*options, name=path):
        program = run("--cgi", *options, f"file:{name}")
        program.stream.wait_open()
        return program, program.stream
    return follow


def file_in(event_id):
    return event_id.split("-")[2]


def copy_and_empty(path):
    shutil.copy(path, f"{path}.1")
    os.truncate(path, 0)


def test_file_that_grew_past_the_place_after_copying_is_read_anew(
        follow, path):
    write(path, lines(10, 12))
    program, stream = follow()
    write(path, lines(13, 14))
    assert stream.next_data(1) == lines(13, 13)
    before = stream.next_event().id
    with program.stopped():
        write(path, lines(15, 17))
        copy_and_empty(path)
        write(path, lines(20, 60))
    from_copy = stream.next_events(3)
    assert [event.data for event in from_copy] == lines(15, 17)
    # Whoever has read them of the file itself has the same.
    assert {file_in(event.id) for event in from_copy} == {file_in(before)}
    assert stream.next_data(41) == lines(20, 60)


def test_file_emptied_just_before_it_is_read_draws_a_gap(run, path):
    """It stands still before each time that it reads the file."""
    write(path, lines(10, 12))
    program = run("--cgi", f"file:{path}",
                  prefix=preloaded("read_file%1=stop"))
    stream = program.stream

    def go_on_until(condition):
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, repr(stream)
            if is_stopped(program.pid):
                program.send_signal(signal.SIGCONT)
            if stream._wait_readable(0.01):
                stream._read_once()

    go_on_until(lambda: stream.parser.retries)
    write(path, lines(13, 14))
    go_on_until(lambda: len(stream.waiting_events) == 2)
    go_on_until(lambda: not is_stopped(program.pid))
    write(path, lines(15, 15))
    wait_for(lambda: is_stopped(program.pid), "a look at the file")
    os.truncate(path, 0)
    write(path, lines(20, 60))
    go_on_until(lambda: len(stream.waiting_events) == 2 + 1 + 41)
    new = list(stream.waiting_events)[2:]
    assert new[0].type == "gap"
    assert [event.data for event in new[1:]] == lines(20, 60)


def test_copy_of_a_file_of_which_nothing_was_read_is_read(follow, path):
    write(path, [])
    program, stream = follow()
    with program.stopped():
        write(path, lines(10, 12))
        copy_and_empty(path)
        write(path, lines(13, 14))
    assert [event.data for event in stream.events_until(lines(14, 14)[0])
            if event.type != "gap"] == lines(10, 14)


@pytest.mark.parametrize("new, comes", [
    (["header"], ["gap", "later"]),
    (["header", "new"], ["gap", "new", "later"]),
])
def test_place_in_a_copy_is_not_taken_for_one_in_a_file_that_begins_alike(
        serve, path, new, comes):
    """The viewer has seen the header of the file that was copied."""
    write(path, ["header"])
    program = serve("--replay", "all", f"file:{path}")
    place = program.open().next_event().id
    program.stop()
    write(path, ["only in the copy"])
    copy_and_empty(path)
    write(path, new)
    program = serve("--replay", "all", f"file:{path}")
    assert program.open().next_event().data == "header"
    stream = program.open(headers={"Last-Event-ID": place})
    stream.wait_open()
    write(path, ["later"])
    assert ["gap" if event.type == "gap" else event.data
            for event in stream.events_until("later")] == comes


def test_file_is_not_read_again_after_its_copy(visit, path):
    """While a rotation has copied it and not emptied it yet."""
    write(path, lines(10, 12))
    place = visit("", "--replay", "all").next_events(3)[2].id
    os.rename(path, f"{path}.2")
    write(path, lines(13, 99))
    shutil.copy(path, f"{path}.1")
    stream = visit(place)
    assert stream.next_data(87) == lines(13, 99)
    write(path, lines(100, 101))
    assert stream.next_data(2) == lines(100, 101)


def test_file_that_came_between_two_looks_is_read(follow, path):
    write(path, lines(10, 12))
    program, stream = follow("--replay", "all")
    assert stream.next_data(3) == lines(10, 12)
    with program.stopped():
        os.remove(path)
        write(path, lines(13, 15))
        os.rename(path, f"{path}.1")
        write(path, lines(16, 18))
    assert stream.next_data(6) == lines(13, 18)


def test_files_that_have_come_and_gone_between_two_looks_draw_a_gap(
        follow, path):
    write(path, lines(10, 12))
    program, stream = follow("--replay", "all")
    assert stream.next_data(3) == lines(10, 12)
    with program.stopped():
        for first in (13, 16):
            os.remove(path)
            write(path, lines(first, first + 2))
    assert stream.next_event().type == "gap"
    assert stream.next_data(3) == lines(16, 18)


def test_place_is_found_beside_the_target_of_a_link(visit, path, folder):
    (folder / "logs").mkdir()
    target = f"{folder}/logs/current"
    write(target, lines(10, 54))
    os.symlink(target, path)
    place = visit("", "--replay", "all").next_events(9)[8].id
    os.rename(target, f"{target}.1")
    write(target, lines(55, 60))
    assert visit(place).next_data(42) == lines(19, 60)


@pytest.mark.parametrize("is_link", [False, True])
def test_empty_file_after_a_rotation_is_watched_before_its_first_line(
        run, path, folder, is_link):
    """Beside the target of a link, too."""
    target = path
    if is_link:
        (folder / "logs").mkdir()
        target = f"{folder}/logs/current"
        os.symlink(target, path)
    write(target, [])
    program = run("--cgi", f"file:{path}")
    program.stream.wait_open()
    os.rename(target, f"{target}.1")
    write(target, [])
    wait_for(lambda: os.stat(target).st_ino in watched(program.pid), "a watch")
    assert os.stat(os.path.dirname(target)).st_ino in watched(program.pid)


def test_all_files_share_one_inotify_instance(serve, folder):
    names = [f"{folder}/{n}.log" for n in range(40)]
    for name in names:
        write(name, [])
    program = serve(*(f"n{n}=file:{name}" for n, name in enumerate(names)))
    stream = program.open().wait_open()
    instances = [name for name in os.listdir(f"/proc/{program.pid}/fd")
                 if "inotify" in os.readlink(f"/proc/{program.pid}/fd/{name}")]
    assert len(instances) == 1
    for name in names:
        write(name, ["line"])
    assert stream.next_data(40) == ["line"] * 40


@pytest.mark.parametrize("make", ["unreadable", "folder"])
def test_file_that_cannot_be_opened_after_a_rotation_is_told_of_once(
        run, folder, path, unprivileged, make):
    other = str(folder / "other")
    for name in path, other:
        write(name, lines(1, 1))
        os.chmod(name, 0o644)
    program = run("--cgi", f"file:{path}", f"file:{other}", **unprivileged)
    program.stream.wait_open()
    os.rename(path, f"{path}.1")
    if make == "folder":
        os.mkdir(path)
    else:
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o000)
        os.write(descriptor, b"later\n")
        os.close(descriptor)
    program.wait_for_error("trying again")
    os.rename(f"{path}.1", f"{path}.2")  # and pipecast tries again
    write(other, ["other"])
    assert program.stream.next_data(1) == ["other"]
    if make == "folder":
        os.rmdir(path)
        write(path, ["later"])
    os.chmod(path, 0o644)
    assert program.stream.next_data(1) == ["later"]
    assert program.errors().count("trying again") == 1


@pytest.mark.parametrize("put, message", [
    (lambda path: os.symlink(path, path), "Too many levels of symbolic links"),
    (os.mkfifo, "it is not a regular file"),
    (lambda path: os.chmod(os.path.dirname(path), 0), "Permission denied"),
])
def test_path_that_leads_to_no_file_any_more_is_told_of_once(
        run, folder, unprivileged, put, message):
    within = folder / "within"
    within.mkdir(mode=0o777)
    path = str(within / "log")
    write(path, lines(1, 1))
    os.chmod(path, 0o644)
    program = run("--cgi", f"file:{path}", **unprivileged)
    program.stream.wait_open()
    os.unlink(path)
    put(path)
    program.wait_for_error(f"cannot open {path}: {message}; trying again")
    within.chmod(0o777)
    if os.path.lexists(path):
        os.unlink(path)
    write(path, ["later"])
    os.chmod(path, 0o644)
    program.stream.events_until("later")
    assert program.errors().count("trying again") == 1


def test_hole_in_a_file_emptied_under_its_writer_is_skipped(follow, path):
    """The writer goes on at its old place, before which are only NULs."""
    writer = os.open(path, os.O_CREAT | os.O_WRONLY)
    _, stream = follow()
    many = [str(n) for n in range(60000)]
    os.write(writer, "".join(f"{line}\n" for line in many).encode())
    assert stream.next_data(len(many)) == many
    copy_and_empty(path)
    os.write(writer, b"first\nsecond\n")
    assert stream.next_data(2) == ["first", "second"]
    os.truncate(path, 0)
    os.lseek(writer, 20 << 30, os.SEEK_SET)
    os.write(writer, b"third\n")
    os.close(writer)
    assert stream.events_until("third")[-2].type == "gap"


def test_who_is_at_the_end_of_an_older_file_needs_no_place(serve, path):
    """However many they are, nobody is sent away."""
    write(path, lines(10, 12))
    program = serve(f"file:{path}")
    place = program.open(headers={"Last-Event-ID": ""})
    place.wait_open()
    write(path, lines(13, 14))
    last = place.next_events(2)[1].id
    program.stop()
    os.rename(path, f"{path}.1")
    write(path, [])
    program = serve(f"file:{path}")
    streams = [program.open(headers={"Last-Event-ID": last}).wait_open()
               for _ in range(70)]
    write(path, lines(15, 16))
    for stream in streams:
        assert stream.next_data(2) == lines(15, 16)
