"""Places in a file: a viewer goes on at its own line, or is told of a gap,
however much the lines look alike."""

import os
import shutil

import pytest

from namespaces import namespaces
from program import cgi_environment

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


def test_lines_that_end_alike_are_told_apart_after_copying(
        visit, path, place):
    shutil.copy(path, f"{path}.1")
    write(path, lines(60, 104), "w")
    expected = lines(19, 54) + lines(60, 104)
    assert visit(place).next_data(len(expected)) == expected


def test_lines_that_end_alike_are_told_apart_after_renaming(
        visit, path, place):
    os.rename(path, f"{path}.1")
    write(path, lines(60, 104))
    expected = lines(19, 54) + lines(60, 104)
    assert visit(place).next_data(len(expected)) == expected


def test_file_that_is_gone_draws_a_gap_whatever_its_inode(
        visit, path, place):
    """ext4 gives the inode of a removed file to the next one."""
    os.rename(path, f"{path}.1")
    write(path, lines(55, 99))
    os.rename(path, f"{path}.1")
    write(path, lines(60, 104))
    assert visit(place).next_events(1)[0].type == "gap"


def test_two_copies_draw_a_gap(visit, path, place):
    shutil.copy(path, f"{path}.1")
    shutil.copy(path, f"{path}.2")
    write(path, lines(60, 104), "w")
    assert visit(place).next_events(1)[0].type == "gap"


def test_copy_beside_the_file_changes_nothing(visit, path, place):
    shutil.copy(path, f"{path}.1")
    write(path, lines(55, 60))
    assert visit(place).next_data(42) == lines(19, 60)


def test_lines_that_are_all_the_same_draw_a_gap(visit, path):
    write(path, ["same"] * 20)
    ninth = visit("", "--replay", "all").next_events(9)[8].id
    shutil.copy(path, f"{path}.1")
    write(path, ["same"] * 30, "w")
    assert visit(ninth).next_events(1)[0].type == "gap"


@pytest.mark.parametrize("id_", ["f-0-0-0", "f-1-0-0", "f-0-1-1", "f-40-a-b"])
def test_place_that_a_visitor_made_up_draws_a_gap(visit, path, place, id_):
    assert visit(id_).next_events(1)[0].type == "gap"


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
