"""The folder, the socket, and who is let in."""

import contextlib
import json
import os
import socket
import stat
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from logwatch.attach import link as links
from logwatch.attach.link import Link, open_link, read_peer
from logwatch.attach.messages import VERSION

HELLO: dict[str, Any] = {"v": VERSION, "kind": "hello", "pid": 1}


@contextlib.contextmanager
def opened(**options: Any) -> Generator[Link]:
    """A link to this user, closed after the block."""
    link = open_link(os.getuid(), **options)
    try:
        yield link
    finally:
        link.close()


def connect(link: Link, **changes: Any) -> socket.socket:
    """A guest of this process that has said hello."""
    guest = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    guest.connect(str(link.folder / "socket"))
    guest.settimeout(10)
    guest.sendall(json.dumps({**HELLO, "token": link.token, **changes}).encode() + b"\n")
    return guest


def mode(path: Path) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


def test_private() -> None:
    """The folder is the user's alone, and so is all that is in it."""
    with opened() as link:
        assert 0o700 == mode(link.folder)
        modes = {path.name: mode(path) for path in link.folder.iterdir()}

    assert {"socket": 0o600, "guest.py": 0o600, "bootstrap.py": 0o600} == modes


def test_hello() -> None:
    """Who knows the token is welcome, and is told how to probe; the folder goes at once."""
    with opened(every=7, budget=0.02, loss=False) as link:
        guest = connect(link)
        hello = link.wait_hello(5)
        welcome = json.loads(guest.recv(4096))
        assert not link.folder.exists()
        assert link.is_open
        assert guest.fileno() != link.fileno() != -1

    assert hello is not None
    assert 1 == hello["pid"]
    expected = {"every": 7, "budget": 0.02, "loss": False, "token": link.token}
    assert {"kind": "welcome", **expected} == welcome


@pytest.mark.parametrize(
    "changes", [{"token": "0" * 32}, {"token": None}, {"v": VERSION + 1}, {"kind": "note"}]
)
def test_stranger(changes: dict[str, Any]) -> None:
    """Without the token, or with another version, nobody is let in; the next one may be."""
    with opened() as link:
        stranger = connect(link, **changes)
        assert link.wait_hello(0.2) is None
        assert not link.is_open
        stranger.close()
        guest = connect(link)
        assert link.wait_hello(5) is not None
        guest.close()


def test_another_process() -> None:
    """Only the process that was named may say hello, token or not."""
    with opened(pid=1) as link:
        stranger = connect(link)
        assert link.wait_hello(0.2) is None
        assert not link.is_open
        stranger.close()


def test_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the target's user may say hello."""
    monkeypatch.setattr(links, "read_peer", lambda connection: (os.getpid(), 4711))
    with opened() as link:
        stranger = connect(link)
        assert link.wait_hello(0.2) is None
        stranger.close()


def test_silent_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who connects and says nothing does not keep us for long."""
    monkeypatch.setattr(links, "SEND_LIMIT_S", 0.05)
    with opened() as link, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
        stranger.connect(str(link.folder / "socket"))
        assert link.wait_hello(0.2) is None
        guest = connect(link)
        assert link.wait_hello(5) is not None
        guest.close()


def test_nobody() -> None:
    """Where nobody comes in time there is no hello and nothing is left."""
    with opened() as link:
        assert link.wait_hello(0.01) is None
        assert -1 == link.fileno()
        assert [] == link.receive()

    assert not link.folder.exists()


def test_messages() -> None:
    """Whole messages come in order, also when they arrive in pieces; broken ones are left out."""
    with opened() as link:
        guest = connect(link)
        link.wait_hello(5)
        notes = [json.dumps({"kind": "note", "text": str(n)}).encode() + b"\n" for n in range(3)]
        guest.sendall(notes[0] + b"rubbish\n" + notes[1] + notes[2][:10])
        assert ["0", "1"] == [message["text"] for message in link.receive(5)]
        guest.sendall(notes[2][10:])
        assert ["2"] == [message["text"] for message in link.receive(5)]


def test_endless_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without an end does not fill our memory."""
    monkeypatch.setattr(links, "LINE_LIMIT", 1000)
    with opened() as link:
        guest = connect(link)
        link.wait_hello(5)
        for _ in range(20):
            guest.sendall(b"x" * 500)
            link.receive(5)
            assert len(link._pending) <= 1000


def test_guest_that_goes() -> None:
    """When the guest has gone the link is closed, after its last words."""
    with opened() as link:
        guest = connect(link)
        link.wait_hello(5)
        guest.sendall(b'{"kind":"bye","reason":"asked to"}\n')
        guest.close()
        said = []
        while link.is_open:
            said += link.receive(5)
        assert ["asked to"] == [message["reason"] for message in said]
        assert not link.send({"kind": "stack"})


def test_guest_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """To close does not wait for ever for a guest that stands still."""
    monkeypatch.setattr(links, "GOODBYE_LIMIT_S", 0.05)
    link = open_link(os.getuid())
    guest = connect(link)
    link.wait_hello(5)
    link.close()
    assert not link.is_open
    guest.close()


def test_close_waits_for_the_goodbye() -> None:
    """To close asks the guest to go and waits until it has."""
    gone = threading.Event()
    link = open_link(os.getuid())
    guest = connect(link)
    link.wait_hello(5)

    def leave() -> None:
        heard = b""
        while b"detach" not in heard:
            heard += guest.recv(4096)
        gone.set()
        guest.close()

    thread = threading.Thread(target=leave)
    thread.start()
    link.close()
    assert gone.is_set()
    thread.join()


def test_root_of_another_namespace(tmp_path: Path) -> None:
    """In another root the folder is made there, and the target is told its own path of it."""
    root = Path("/tmp") / f"r{os.getpid()}"  # a socket's path is short
    (root / "tmp").mkdir(parents=True)
    try:
        with opened(root=root) as link:
            assert root / "tmp" == link.folder.parent
            assert link.seen_as == f"/tmp/{link.folder.name}"
            assert link.seen_as + "/bootstrap.py" == link.script
    finally:
        (root / "tmp").rmdir()
        root.rmdir()


def test_peer() -> None:
    """The kernel says who is at the other end."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with one, other:
        assert (os.getpid(), os.getuid()) == read_peer(one)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to give files away")
def test_given_to_the_target() -> None:
    """Root makes the folder, the files and the socket those of the target's user."""
    link = open_link(12345)
    try:
        owners = {os.lstat(path).st_uid for path in (link.folder, *link.folder.iterdir())}
        assert {12345} == owners
    finally:
        link.close()
