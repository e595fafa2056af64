"""--share: plain CGI whose processes hand their viewers over to one hub."""

import contextlib
import os
import resource
import socket
import subprocess
import threading

import pytest

from client import assert_plain_text
from fifo import make_fifo, open_writer
from posting import assert_posts_reach_viewers
from processes import count_descriptors, is_running, read_link
from sharing import Hub, pipecasts, place, sockets, wait_for_hub
from waiting import wait_for

FIRST_LINE = b"pipecast handover 1\0"


def test_one_process_serves_all_viewers_of_a_script(
        any_cgi_server, put_shared, folder):
    """They leave, and nothing stays behind."""
    fifo = folder / "fifo"
    make_fifo(fifo)
    target = put_shared(any_cgi_server, "--linger", "200ms",
                        "--heartbeat", "50ms", f"log=fifo:{fifo}")
    streams = [any_cgi_server.open(f"{target}/log").wait_open()
               for _ in range(5)]
    hub = wait_for_hub(any_cgi_server, folder)
    with open_writer(fifo) as writer:
        for i in range(50):
            writer.write(f"{i}\n".encode())
    for stream in streams:
        assert stream.next_data(50) == [str(i) for i in range(50)]
    busy = count_descriptors(hub)
    streams.pop().close()
    wait_for(lambda: count_descriptors(hub) == busy - 1,
             "one descriptor less")
    any_cgi_server.close_streams()
    wait_for(lambda: not is_running(hub), "end of the hub")
    assert not sockets(folder)
    assert any_cgi_server.open(target).wait_open()


def test_requests_are_answered_as_without_it(cgi_server, put_shared, log,
                                             script_name):
    target = put_shared(cgi_server, "--status", "--post", "chat=memory:",
                        f"log=file:{log.path}")
    stream = cgi_server.open(f"{target}/log").wait_open()
    log.write_lines(("one", "two"))
    first, second = stream.next_events(2)
    again = cgi_server.open(f"{target}/log",
                            headers={"Last-Event-ID": first.id})
    assert again.next_event() == second
    assert_posts_reach_viewers(cgi_server, f"{target}/chat")
    assert cgi_server.fetch(target, method="HEAD").status == 200
    assert b'"sources":' in cgi_server.fetch(f"{target}/.status").body
    assert_plain_text(cgi_server.fetch(f"{target}/none"), 404)
    large = cgi_server.fetch(f"{target}/log", method="POST",
                             body=bytes(2_000_000))
    assert_plain_text(large, 405)
    nph = put_shared(cgi_server, "every:20ms", name=f"nph-{script_name}")
    stream = cgi_server.open(nph).wait_open()
    assert stream.response.head_bytes.startswith(b"HTTP/1.1 200 OK\r\n")
    assert stream.next_event()


def test_errors_reach_the_error_log(cgi_server, put_shared):
    """Also those of its commands, and without keeping the server waiting."""
    target = put_shared(cgi_server, "--linger", "1h",
                        "exec:echo one is wrong >&2; read x; :")
    answer = cgi_server.fetch(target)
    assert answer.parser.retries
    cgi_server.fetch(f"{target}/none")
    cgi_server.wait_for_error("one is wrong")
    target = put_shared(cgi_server, "--read-token", "/none", "every:1s")
    assert_plain_text(cgi_server.fetch(target), 500)
    cgi_server.wait_for_error("cannot use the token of '/none'")


def test_first_processes_agree_on_one_hub(share):
    programs = [share("every:20ms") for _ in range(12)]
    for program in programs:
        assert program.stream.next_event()
        assert program.wait_exit() == 0
    hubs = [pid for program in programs for pid in pipecasts(program.mark)]
    assert len(hubs) == 1
    # One event is one event.
    events = [program.stream.next_events(3) for program in programs]
    ids = sorted({event.id for some in events for event in some})
    assert len(ids) < 12 * 3


def test_hub_is_told_apart_by_all_that_makes_it_differ(
        share, folder, tmp_path):
    config = folder / "config"
    script = folder / "script"
    script.touch()
    request = {"SCRIPT_FILENAME": str(script)}

    seen = set()

    def ask(*arguments, **options):
        """How many hubs there have been."""
        share(*arguments, **{"request": request, **options}
              ).stream.wait_open()
        seen.update(path.name for path in sockets(folder))
        return len(seen)
    assert ask("every:1h") == ask("every:1h") == 1
    assert ask("every:2h") == 2
    config.write_text("source every:3h\n")
    assert ask("-c", config) == ask("-c", config) == 3
    config.write_text("retry 7s\nsource every:3h\n")
    assert ask("-c", config) == 4
    script.write_text("# edited\n")
    assert ask("every:1h") == 5
    other = {**request, "SCRIPT_FILENAME": "/none"}
    assert ask("every:1h", request=other) == 6
    page = folder / "page"
    page.write_text("<title>one</title>")
    assert ask("--page", page, "every:1h") == 7
    page.write_text("<title>another</title>")
    assert ask("--page", page, "every:1h") == 8


def test_commands_know_nothing_of_the_first_request(share):
    stream = share("exec:env", request={
        "QUERY_STRING": "secret", "HTTP_COOKIE": "secret",
        "REMOTE_USER": "secret", "OWN": "kept"}).stream
    variables = [event.data for event in stream.wait_end()]
    assert "OWN=kept" in variables
    assert not [line for line in variables if "secret" in line]


def test_hub_holds_nothing_of_the_web_server(share, folder):
    kept, read = os.pipe()
    try:
        hub = Hub(share("every:1h", pass_fds=[kept, read]))
        links = {read_link(hub.pid, f"fd/{n}")
                 for n in os.listdir(f"/proc/{hub.pid}/fd")}
        assert os.readlink(f"/proc/self/fd/{kept}") not in links
        assert os.getsid(hub.pid) not in (os.getsid(0), hub.pid)
        assert read_link(hub.pid, "cwd") == str(folder)
    finally:
        os.close(kept)
        os.close(read)


def plant_file(path):
    path.touch(mode=0o600)


def plant_link(path):
    (path.parent / "elsewhere").mkdir(mode=0o700)
    path.symlink_to(path.parent / "elsewhere")


def plant_open_folder(path):
    path.mkdir()
    path.chmod(0o777)


def plant_foreign_folder(path):
    path.mkdir(mode=0o700)
    os.chown(path, 65534, 65534)


PLANTED = {"file": (plant_file, "not a folder"),
           "link": (plant_link, "not a folder"),
           "open": (plant_open_folder, "other users"),
           "foreign": (plant_foreign_folder, "another user")}


@pytest.mark.parametrize("plant, reason", PLANTED.values(), ids=PLANTED)
def test_planted_folder_is_refused(share, folder, plant, reason):
    if plant is plant_foreign_folder and os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    plant(place(folder))
    program = share("every:20ms")
    assert program.stream.next_event()
    assert is_running(program.pid)
    program.wait_for_error(reason)
    program.wait_for_error(str(place(folder)))


def test_socket_of_another_user_gets_nothing(share, folder, unprivileged):
    if not unprivileged:
        pytest.skip("only root can become another user")
    Hub(share("every:1h"))
    path, = sockets(folder)
    path.unlink()
    place(folder).chmod(0o777)
    code = ("import socket,sys; s = socket.socket(socket.AF_UNIX,"
            "socket.SOCK_SEQPACKET); s.bind(sys.argv[1]); s.listen(); "
            "print(flush=True); s.accept()[0].recv(9) and print('got it')")
    with subprocess.Popen(["/usr/bin/python3", "-c", code, path], text=True,
                          stdout=subprocess.PIPE, **unprivileged) as thief:
        thief.stdout.readline()
        place(folder).chmod(0o700)
        program = share("every:1h")
        program.stream.wait_open()
        program.wait_for_error("another user")
        assert is_running(program.pid)
        assert thief.communicate()[0] == ""


def test_process_of_another_user_is_not_heard(share, folder, unprivileged):
    if not unprivileged:
        pytest.skip("only root can become another user")
    program = share("every:20ms")
    Hub(program)
    path, = sockets(folder)
    place(folder).chmod(0o755)
    path.chmod(0o777)
    code = ("import os,socket,sys; s = socket.socket(socket.AF_UNIX,"
            "socket.SOCK_SEQPACKET); s.connect(sys.argv[1]); p = os.pipe()\n"
            "try: socket.send_fds(s, [b'pipecast handover 1\\0'], [p[1]])\n"
            "except BrokenPipeError: pass\n"
            "try: print(s.recv(9))\n"
            "except ConnectionResetError: print(b'')")
    assert subprocess.run(["/usr/bin/python3", "-c", code, path], text=True,
                          stdout=subprocess.PIPE, check=True,
                          **unprivileged).stdout == "b''\n"


class Peer:
    """A process of the same user that hands over whatever it likes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(str(path))
        self.socket.settimeout(20)

    def answer(self, packet, descriptors):
        with self.socket, contextlib.suppress(ConnectionError):
            socket.send_fds(self.socket, [packet], descriptors)
            return self.socket.recv(100)
        return b""


def test_hub_takes_nothing_that_it_cannot_serve(share, folder):
    """And goes on to serve the others."""
    program = share("every:20ms")
    hub = Hub(program)
    path, = sockets(folder)
    reader, pipe = os.pipe()
    file = os.open(folder / "file", os.O_CREAT | os.O_RDWR)
    before = count_descriptors(hub.pid)
    wrong = [
        (b"", []), (b"", [pipe]), (b"\0", [pipe]), (b"garbage", [pipe]),
        (FIRST_LINE, []), (FIRST_LINE, [file]), (FIRST_LINE, [pipe] * 3),
        (FIRST_LINE, [pipe] * 200), (FIRST_LINE[:-1], [pipe]),
        (FIRST_LINE + b"A=B", [pipe]), (FIRST_LINE + b"AB\0", [pipe]),
        (FIRST_LINE + b"=B\0", [pipe]), (FIRST_LINE + b"A=B\0\0", [pipe]),
        (FIRST_LINE + b"A=" + bytes(70_000), [pipe]),
    ]
    for packet, descriptors in wrong:
        assert Peer(path).answer(packet, descriptors) == b"", packet[:40]
    silent = [Peer(path) for _ in range(20)]
    gone = Peer(path)
    gone.socket.shutdown(socket.SHUT_RD)
    with contextlib.suppress(BrokenPipeError):
        socket.send_fds(gone.socket, [FIRST_LINE], [pipe])
    gone.socket.close()
    for peer in silent:
        peer.socket.close()
    wait_for(lambda: count_descriptors(hub.pid) == before,
             "that the hub has closed what it was given")
    os.close(pipe)
    assert os.read(reader, 1) == b""
    for descriptor in (reader, file):
        os.close(descriptor)
    assert program.stream.next_events(3)


@pytest.fixture
def of_viewer(request):
    """A standard error that is a part of a viewer's response."""
    if request.param == "output":
        yield subprocess.STDOUT
        return
    with socket.create_server(("127.0.0.1", 0)) as server, \
            socket.create_connection(server.getsockname()) as connection:
        yield connection


def test_messages_of_a_hub_get_into_no_response(share):
    def start(stderr):
        program = share("exec:while sleep .02; do echo wrong >&2; echo on; "
                        "done", stderr=stderr)
        program.wait_exit()
        program.stream.next_events(3)
        assert b"wrong" not in program.stream.body
    start(subprocess.PIPE)
    start(subprocess.STDOUT)


@pytest.mark.parametrize("of_viewer", ["output", "network"], indirect=True)
def test_hub_keeps_no_part_of_a_response(share, of_viewer):
    hub = Hub(share("every:1h", stderr=of_viewer))
    assert read_link(hub.pid, "fd/2") in ("/dev/null", "/dev/null (deleted)")


def leave_one_descriptor(pid):
    used = {int(n) for n in os.listdir(f"/proc/{pid}/fd")}
    free = [n for n in range(max(used) + 3) if n not in used]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (free[0] + 1, free[0] + 1))


def test_hub_without_descriptors_refuses_and_stays(share):
    first = share("every:20ms")
    hub = Hub(first)
    leave_one_descriptor(hub.pid)
    own = share("every:20ms")
    own.wait_for_error("no file descriptor left")
    assert own.stream.next_event()
    assert is_running(own.pid)
    assert first.stream.next_events(3)


def test_standard_input_cannot_be_shared(share):
    program = share()
    assert_plain_text(program.stream, 500)
    program.wait_for_error("exec:COMMAND")


def test_output_that_is_a_file_is_written_by_the_process_itself(
        share, folder):
    with open(folder / "out", "wb") as out:
        program = share("exec:echo hello", stdout=out)
        assert program.wait_exit() == 0
    assert b"data: hello\n" in (folder / "out").read_bytes()
    assert not sockets(folder)


def test_request_that_is_too_large_is_refused(share, folder):
    program = share("every:1h", request={"HTTP_COOKIE": "x" * 70_000})
    assert_plain_text(program.stream, 431)
    assert not sockets(folder)


def test_viewers_come_and_go_all_the_while(share, folder):
    """The hub outlives them by --linger alone, and the next ones start
    another."""
    def visit():
        for _ in range(8):
            program = share("--linger", "0", "every:20ms")
            program.stream.next_event()
            assert program.wait_exit() == 0
            program.leave()
            programs.append(program)
    programs = []
    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(programs) == 32
    wait_for(lambda: not sockets(folder), "end of the last hub")
    for program in programs:
        program.wait_nothing_left()
        assert program.errors() == ""
