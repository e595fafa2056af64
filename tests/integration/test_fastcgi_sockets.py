"""Where FastCGI is listened for: sockets of its own, and those of others."""

import grp
import os
import signal
import socket
import stat
import subprocess

import pytest

from handing_over import Manager, abstract, handed_over, listen, prepared
from ipv6 import needs_ipv6
from program import cgi_environment, plain_environment


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def fails(program, status=1):
    """What a program that does not run says."""
    assert program.wait_exit() == status
    return program.errors()


def end(program):
    program.send_signal(signal.SIGTERM)
    assert program.wait_exit() == 0


# Addresses.

@pytest.mark.parametrize("listen_on, host", [
    ("0", "127.0.0.1"), ("127.0.0.1:0", "127.0.0.1"),
    ("0.0.0.0:0", "0.0.0.0"),
    pytest.param("[::1]:0", "[::1]", marks=needs_ipv6),
    pytest.param("[::]:0", "[::]", marks=needs_ipv6),
])
def test_free_port_is_printed(serve, listen_on, host):
    program = serve("every:20ms", listen=listen_on)
    assert program.address.rpartition(":")[0] == host
    assert program.open().next_event()


def test_port_that_was_asked_for(serve):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
    program = serve("every:20ms", listen=address)
    assert program.address == address
    assert program.open().next_event()


def test_name_of_a_host(serve):
    program = serve("every:20ms", listen="localhost:0")
    assert program.address.rpartition(":")[0] in ("127.0.0.1", "[::1]")
    assert program.open().next_event()


@needs_ipv6
def test_several_addresses_lead_to_the_same_stream(serve, folder):
    program = serve("--fastcgi", "127.0.0.1:0", "--fastcgi", "[::1]:0",
                    "every:20ms", listen=f"unix:{folder}/socket")
    ids = []
    for address in program.addresses(3):
        stream = program.open(address=address)
        ids.append({event.id for event in stream.next_events(5)}.pop())
    assert len({event_id.rpartition("-")[0] for event_id in ids}) == 1


@pytest.mark.parametrize("address", [
    "", ":", "x", "65536", "-1", "1.5", "127.0.0.1", "127.0.0.1:", ":80",
    "127.0.0.1:65536", "127.0.0.1:http", "::1:80", "[::1]", "[]:80",
    "unix:", "unix:/" + "x" * 107, "x" * 64 + ":80",
])
def test_wrong_address_is_a_usage_error(serve, address):
    errors = fails(serve(f"--fastcgi={address}", "every:1h", listen=None), 2)
    assert "--fastcgi" in errors and repr(address)[1:-1] in errors


def test_port_that_is_taken(serve, folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        program = serve(f"exec:touch {folder}/ran", listen=address)
        assert address in fails(program)
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("address", ["192.0.2.1:0", "nowhere.invalid:80"])
def test_address_of_another_machine(serve, address):
    assert address in fails(serve("every:1h", listen=address))


def test_port_of_a_program_that_has_just_ended(serve):
    """Its connections linger, but that is no reason to wait."""
    program = serve("every:20ms")
    address = program.address
    stream = program.open()
    stream.next_event()
    end(program)
    again = serve("every:20ms", listen=address)
    assert again.open().next_event()


# Socket files.

@pytest.fixture
def path(folder):
    return folder / "socket"


@pytest.fixture
def address(path):
    return f"unix:{path}"


@pytest.mark.parametrize("umask", [0, 0o022, 0o777])
def test_mode_of_the_socket_file_is_0660(serve, path, address, umask):
    program = serve("every:20ms", listen=address, umask=umask)
    assert program.address == address
    assert mode_of(path) == 0o660
    assert program.open().next_event()


@pytest.mark.parametrize("umask", [0, 0o777])
@pytest.mark.parametrize("gateway", ["--fastcgi", "--http"])
def test_mode_of_the_socket_file_may_be_chosen(
        serve, path, gateway, umask):
    program = serve(gateway, f"unix:{path},mode=0606", "every:1h",
                    listen=None, umask=umask)
    program.wait_for_error(f"unix:{path}\n")
    assert mode_of(path) == 0o606


def test_group_of_the_socket_file_may_be_chosen(serve, path):
    others = [group for group in os.getgroups() if group != os.getegid()]
    if os.geteuid() == 0:
        others = [grp.getgrnam("www-data").gr_gid]
    if not others:
        pytest.skip("only root or a member of two groups can choose one")
    program = serve("every:20ms", listen=f"unix:{path},group={others[0]}")
    assert program.addresses() == [f"unix:{path}"]
    assert path.stat().st_gid == others[0]
    assert mode_of(path) == 0o660
    assert program.open().next_event()
    end(program)
    assert not path.exists()


def test_group_may_be_named(serve, path):
    name = grp.getgrgid(os.getegid()).gr_name
    program = serve("every:1h", listen=f"unix:{path},group={name}")
    assert program.addresses() == [f"unix:{path}"]
    assert path.stat().st_gid == os.getegid()


def test_group_of_others_is_refused_and_leaves_no_file(
        serve, path, unprivileged):
    program = serve("every:1h", listen=f"unix:{path},group=root",
                    **unprivileged)
    assert "member of the group" in fails(program)
    assert not path.exists()


@pytest.mark.parametrize("settings, right", [
    ("mode=888", "mode=OCTAL"), ("group=no-such-group", "group=GROUP"),
    ("user=root", "mode=0660"), ("b.sock", "without commas"),
])
def test_wrong_setting_of_a_socket_file_is_a_usage_error(
        serve, path, settings, right):
    program = serve("every:1h", listen=f"unix:{path},{settings}")
    assert right in fails(program, 2)
    assert not path.exists()


def test_umask_is_left_as_it_was(serve, folder, address):
    program = serve(f"exec:touch {folder}/made; echo made; sleep 1000",
                    "--replay=all", listen=address, umask=0o027)
    assert program.open().next_event()
    assert mode_of(folder / "made") == 0o640


def test_socket_file_is_removed_at_the_end(serve, path, address):
    program = serve("every:20ms", listen=address)
    program.open().next_event()
    end(program)
    assert not path.exists()


def test_stale_socket_file_is_replaced(serve, path, address):
    listen(address).close()
    path.chmod(0o777)
    program = serve("every:20ms", listen=address)
    assert program.open().next_event()
    assert mode_of(path) == 0o660


def test_socket_file_of_a_killed_process_is_replaced(serve, address):
    first = serve("every:20ms", listen=address)
    first.open().next_event()
    first.send_signal(signal.SIGKILL)
    first.wait_exit()
    assert serve("every:20ms", listen=address).open().next_event()


def test_socket_that_is_listened_on_is_left_alone(serve, folder, address):
    first = serve("every:20ms", listen=address)
    stream = first.open()
    stream.next_event()
    second = serve(f"exec:touch {folder}/ran", listen=address)
    errors = fails(second)
    assert address in errors and "another program listens there" in errors
    stream.next_event()
    assert first.open().next_event()
    assert not (folder / "ran").exists()


def test_file_that_is_no_socket_is_left_alone(serve, path, address):
    path.write_text("precious")
    errors = fails(serve("every:1h", listen=address))
    assert address in errors and "not a socket" in errors
    assert path.read_text() == "precious"


def test_link_to_a_socket_is_left_alone(serve, folder, path, address):
    listen(f"unix:{folder}/other").close()
    path.symlink_to(folder / "other")
    fails(serve("every:1h", listen=address))
    assert path.is_symlink() and (folder / "other").exists()


def test_folder_that_is_missing(serve, folder):
    address = f"unix:{folder}/no/socket"
    assert address in fails(serve("every:1h", listen=address))


def test_relative_path(serve, folder):
    program = serve("every:20ms", listen="unix:socket", cwd=folder)
    assert program.address == "unix:socket"
    assert program.open(address=f"unix:{folder}/socket").next_event()
    end(program)
    assert not (folder / "socket").exists()


def test_socket_file_that_another_took_over_is_not_removed(
        serve, path, address):
    first = serve("every:20ms", listen=address)
    first.open().next_event()
    path.unlink()
    second = serve("every:20ms", listen=address)
    second.open().next_event()
    end(first)
    assert second.open().next_event()


def test_socket_file_that_another_left_behind_is_not_removed(
        serve, path, address):
    """It is not ours, whether or not somebody listens on it."""
    program = serve("every:20ms", listen=address)
    program.open().next_event()
    path.unlink()
    listen(address).close()
    end(program)
    assert path.exists()


# Descriptor 0, as of mod_fcgid, lighttpd's bin-path and spawn-fcgi.

@pytest.fixture
def listener(address):
    with listen(address) as listener:
        yield listener


def test_socket_on_descriptor_0(serve, listener, address):
    program = serve("every:20ms", listen=None, stdin=listener)
    assert program.open(address=address).next_event()
    assert program.errors() == ""


@pytest.mark.parametrize("closed", ["1", "2", "1, 2"])
def test_socket_on_descriptor_0_and_nothing_on_others(
        serve, listener, address, closed, folder):
    """No file that is opened later may take their place."""
    program = serve(
        f"file:{folder}/log", listen=None, stdin=listener,
        **prepared(f"[os.close(fd) for fd in ({closed},)]"))
    stream = program.open(address=address).wait_open()
    (folder / "log").write_text("one\n")
    assert stream.next_event().data == "one"
    for fd in closed.split(", "):
        assert os.readlink(f"/proc/{program.pid}/fd/{fd}") == "/dev/null"


def test_cgi_variables_do_not_matter_then(serve, listener, address):
    """mod_fcgid sets some."""
    program = serve("every:20ms", listen=None, stdin=listener,
                    env=cgi_environment())
    assert program.open(address=address).next_event()


@pytest.mark.parametrize("sources", [["-"], [], ["every:1h", "one=-"]])
def test_standard_input_cannot_be_socket_and_source(serve, listener, sources):
    errors = fails(serve(*sources, listen=None, stdin=listener), 2)
    assert "standard input" in errors and "-" in errors


def test_standard_input_may_be_a_source_beside_other_sockets(serve):
    program = serve("-", stdin=subprocess.PIPE)
    stream = program.open().wait_open()
    program.stdin.write(b"one\n")
    program.stdin.flush()
    assert stream.next_event().data == "one"


def test_listening_socket_is_no_source(serve, listener):
    errors = fails(serve("-", stdin=listener), 2)
    assert "standard input" in errors


def test_socket_of_others_is_not_removed(serve, listener, path, address):
    program = serve("every:20ms", listen=None, stdin=listener)
    program.open(address=address).next_event()
    end(program)
    assert path.exists()


def test_next_process_finds_the_queue_as_it_was(serve, listener, address):
    first = serve("every:20ms", listen=None, stdin=listener)
    first.open(address=address).next_event()
    end(first)
    waiting = first.open(address=address)
    serve("every:20ms", listen=None, stdin=listener)
    assert waiting.next_event()


def test_processes_may_share_a_socket(serve, listener, address):
    """lighttpd starts four unless told otherwise. One that was too slow to
    accept must not wait for the next connection."""
    programs = [serve("every:20ms", listen=None, stdin=listener)
                for _ in range(4)]
    streams = [programs[0].open(address=address) for _ in range(40)]
    for stream in streams:
        assert stream.next_events(3)
    assert os.get_blocking(listener.fileno())
    for stream in streams:
        assert stream.next_events(10)


# A service manager: LISTEN_FDS and NOTIFY_SOCKET.

def test_sockets_of_a_service_manager(serve, folder):
    addresses = [f"unix:{folder}/one", f"unix:{folder}/two"]
    listeners = [listen(address) for address in addresses]
    program = serve("every:20ms", listen=None,
                    **handed_over(*[each.fileno() for each in listeners]))
    for listener in listeners:
        listener.close()
    for address in addresses:
        assert program.open(address=address).next_event()


def test_sockets_that_are_meant_for_another_process(serve, listener):
    """Such as the one that started us; then this is plain CGI."""
    program = serve(
        "exec:echo one", listen=None, stdout=subprocess.PIPE,
        env=cgi_environment(LISTEN_PID="1"), **handed_over(listener.fileno()))
    assert program.finish() == 0
    assert program.stream.next_event().data == "one"


def test_what_is_no_listening_socket_is_left_out(serve, listener, address):
    reader, writer = os.pipe()
    with socket.socket() as unused:
        program = serve("every:20ms", listen=None, **handed_over(
            reader, unused.fileno(), listener.fileno()))
    os.close(reader)
    os.close(writer)
    assert program.open(address=address).next_event()
    for number in (3, 4):
        assert f"descriptor {number} of LISTEN_FDS" in program.errors()


@pytest.fixture(params=["path", "abstract"])
def manager(request, folder):
    """A service manager, and what NOTIFY_SOCKET names it."""
    bound = name = str(folder / "notify")
    if request.param == "abstract":
        bound, name = abstract(folder)
    manager = Manager(bound)
    manager.name = name
    yield manager
    manager.close()


def notifying(manager):
    return plain_environment(NOTIFY_SOCKET=manager.name)


def test_manager_is_told_of_start_and_stop(serve, manager):
    program = serve("every:20ms", env=notifying(manager))
    assert manager.next_state() == "READY=1"
    # A process that takes requests is ready.
    assert program.open(address=program.address).next_event()
    end(program)
    assert manager.next_state() == "STOPPING=1"


def test_manager_is_not_told_that_what_cannot_run_is_ready(
        serve, manager, folder):
    fails(serve(f"file:{folder}", env=notifying(manager)))
    assert manager.has_heard_nothing()


@pytest.mark.parametrize("name", [
    "", "/no/such/socket", "@no-such-socket-of-pipecast", "x" * 200, "@"])
def test_manager_that_cannot_be_told(serve, name):
    program = serve("every:20ms", env=plain_environment(NOTIFY_SOCKET=name))
    assert program.open().next_event()
    end(program)


# What commands get of all this.

SEE = ("every:50ms:ls /proc/self/fd | tr '\\n' ' '; ulimit -Sn; "
       "env | grep -c '^LISTEN\\|^NOTIFY'")
# 3 is the folder that is listed.
NOTHING_BUT_THEIR_OWN = "0 1 2 3 200\n0"

HAS_A_SOFT_LIMIT = prepared(
    "limits = resource.getrlimit(resource.RLIMIT_NOFILE); "
    "resource.setrlimit(resource.RLIMIT_NOFILE, (200, limits[1]))")["prefix"]


def assert_commands_see_nothing(program, address):
    """While there are viewers, too."""
    streams = [program.open(address=address).wait_open() for _ in range(3)]
    assert streams[0].next_data(3) == 3 * [NOTHING_BUT_THEIR_OWN]


def test_sockets_of_ours_are_not_for_commands(serve, manager, address):
    program = serve("--fastcgi", "127.0.0.1:0", SEE, listen=address,
                    env=notifying(manager), prefix=HAS_A_SOFT_LIMIT)
    assert address in program.addresses(2)
    assert_commands_see_nothing(program, address)


def test_socket_on_descriptor_0_is_not_for_commands(serve, listener, address):
    program = serve(SEE, listen=None, stdin=listener, prefix=HAS_A_SOFT_LIMIT)
    assert_commands_see_nothing(program, address)


@pytest.mark.parametrize("options", [
    {"listen": None}, {"listen": "127.0.0.1:0"}], ids=["used", "not used"])
def test_sockets_of_a_manager_are_not_for_commands(
        serve, listener, manager, options, address):
    with socket.socket() as no_listener:
        given = handed_over(no_listener.fileno(), listener.fileno())
        prefix = [*HAS_A_SOFT_LIMIT, *given.pop("prefix")]
        program = serve(SEE, env=notifying(manager), prefix=prefix,
                        **given, **options)
    if options["listen"]:
        address = program.address
    assert_commands_see_nothing(program, address)
