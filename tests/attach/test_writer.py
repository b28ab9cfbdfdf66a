"""The guest's thread: it never holds up the training, and knows when to go."""

import json
import os
import socket
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from logwatch.attach import guest as probes
from logwatch.attach.guest import QUEUE, STALL_S, Guest, Watch, Writer
from logwatch.attach.link import open_link

PATIENCE_S = 10.0


class Thing:
    """What a watch can refer to."""


@pytest.fixture
def writer() -> Any:
    """A writer that is connected to a host of this test, its `host`."""
    made = Writer("/nowhere", "token")
    made.socket, made.host = socket.socketpair()
    made.host.settimeout(PATIENCE_S)
    made.guest = Guest(made.put)
    yield made
    made.leave()
    made.host.close()


def kinds(writer: Any) -> list[str]:
    """What waits to be sent."""
    return [message["kind"] for message in writer.queue]


def train(writer: Any, step_s: float, silent_s: float) -> None:
    """As if steps of that length had been seen, the last so long ago."""
    watch = Watch(0, Thing(), None)
    watch.usual = step_s
    writer.guest.watches[0] = watch
    writer.guest.steps = 1
    writer.guest.torch = SimpleNamespace(cuda=SimpleNamespace(is_initialized=lambda: False))
    writer.guest.seen_at = time.perf_counter() - silent_s


def test_full_queue(writer: Any) -> None:
    """Where nothing is sent the oldest messages go, and are counted."""
    for number in range(QUEUE + 5):
        writer.put({"kind": "note", "text": str(number)})

    assert QUEUE == len(writer.queue)
    assert 5 == writer.dropped
    assert "5" == writer.queue[0]["text"]


def test_put_does_not_wait(writer: Any) -> None:
    """To queue a message never waits, also when nobody has listened to the bell for long."""
    writer.bell[1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    for _ in range(5000):
        writer.put({"kind": "note", "text": ""})
    assert QUEUE == len(writer.queue)


def test_host_that_does_not_read(writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that does not read for as long as we are patient is taken for gone."""
    monkeypatch.setattr(probes, "PATIENCE_S", 0.05)
    monkeypatch.setattr(Writer, "connect", lambda self: True)
    for _ in range(QUEUE):
        writer.put({"kind": "note", "text": "x" * 4000})
    thread = threading.Thread(target=writer.run)
    thread.start()
    thread.join(PATIENCE_S)

    assert not thread.is_alive()
    assert "the host did not read or the socket failed" == writer.reason


@pytest.mark.parametrize(
    ("said", "reason"), [(b'{"kind":"detach"}\n', "asked to"), (b"", "the connection ended")]
)
def test_end(said: bytes, reason: str, writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guest goes when it is told to, and when the connection ends."""
    monkeypatch.setattr(Writer, "connect", lambda self: True)
    writer.host.sendall(said)
    writer.host.shutdown(socket.SHUT_WR)
    writer.run()
    assert reason == writer.reason


def test_rubbish(writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no message is left out; the next one is heard."""
    monkeypatch.setattr(Writer, "connect", lambda self: True)
    writer.host.sendall(b'rubbish\n[1]\n{"kind":"other"}\n{"kind":"detach"}\n')
    writer.run()
    assert "asked to" == writer.reason


def test_goodbye(writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last word says why."""
    monkeypatch.setattr(Writer, "connect", lambda self: True)
    writer.host.sendall(b'{"kind":"detach"}\n')
    writer.run()
    heard = b""
    while chunk := writer.host.recv(4096):
        heard += chunk
    assert {"kind": "bye", "reason": "asked to"} == json.loads(heard.splitlines()[-1])


def test_no_torch_yet(writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch is not imported the guest waits for it, and says so once."""
    monkeypatch.delitem(probes.sys.modules, "torch.optim.optimizer", raising=False)
    writer.wait_for_torch()
    writer.wait_for_torch()
    assert ["note"] == kinds(writer)


def test_stall(writer: Any) -> None:
    """No step for 30 s, and ten times as long as usual, is a stall; told again at its double."""
    train(writer, 0.1, STALL_S + 1)
    writer.look_around()
    writer.look_around()
    assert 1 == kinds(writer).count("stall")
    writer.guest.seen_at -= 1.5 * STALL_S
    writer.look_around()
    assert 2 == kinds(writer).count("stall")


def test_stall_has_the_stack(writer: Any) -> None:
    """A stall names the function that the training stands in."""
    train(writer, 0.1, STALL_S + 1)
    writer.guest.thread = threading.get_ident()
    writer.look_around()
    frames = next(message for message in writer.queue if message["kind"] == "stall")["frames"]
    assert any(frame.endswith("test_stall_has_the_stack") for frame in frames)


def test_long_steps_are_no_stall(writer: Any) -> None:
    """Where steps take a minute, five minutes are no stall."""
    train(writer, 60.0, 300.0)
    writer.look_around()
    assert "stall" not in kinds(writer)


def test_no_step_at_all(writer: Any) -> None:
    """A training whose steps we cannot see is told about after a minute."""
    writer.guest.torch = SimpleNamespace()
    writer.began -= probes.UNSEEN_S + 1
    writer.look_around()
    assert "no optimizer step was seen" in writer.queue[0]["text"]


def test_memory(writer: Any) -> None:
    """The resident memory comes with the last step that was seen."""
    train(writer, 0.1, 0.0)
    writer.guest.last_step = 7
    writer.tell_memory()
    message = writer.queue[0]
    assert 7 == message["step"]
    assert message["values"]["cpu_memory/rss"] > 1e6


def test_gpu_memory(writer: Any) -> None:
    """With CUDA its memory comes too, in bytes, whichever device the training has made its own.

    In the writer's thread the current device is always the first.
    """
    train(writer, 0.1, 0.0)
    used = {
        "allocated_bytes.all.current": 1,
        "allocated_bytes.all.peak": 3,
        "reserved_bytes.all.current": 2,
    }
    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        device_count=lambda: 4,
        memory_stats=lambda device=0: used if device == 2 else {},
    )
    writer.guest.torch = SimpleNamespace(cuda=cuda)
    writer.guest.last_step = 1
    writer.tell_memory()
    values = writer.queue[0]["values"]
    assert (1, 2, 3) == tuple(values[f"gpu_memory/{k}"] for k in ("allocated", "reserved", "peak"))


def test_cadence(writer: Any) -> None:
    """What the guest costs is measured over the last seconds, its own thread included."""
    train(writer, 0.1, 0.0)
    start = writer.reported[0]
    writer.guest.spent, writer.own = 0.03, 0.02
    writer.tell_cadence(start + 5.0)
    message = writer.queue[0]
    assert 0.01 == pytest.approx(message["share"])
    assert (0, 0) == (message["dropped"], message["errors"])


def test_welcome_in_one_piece(writer: Any) -> None:
    """A welcome is read at once, not byte by byte, and what came with it is still obeyed."""
    reads = []

    class Counted:
        def recv(self, size: int) -> bytes:
            reads.append(size)
            return b'{"kind":"welcome"}\n{"kind":"det'

    writer.socket, connection = Counted(), writer.socket
    assert b'{"kind":"welcome"}' == writer.receive_line()
    writer.socket = connection
    writer.host.sendall(b'ach"}\n')
    writer.serve()
    assert (1, "asked to") == (len(reads), writer.reason)


def test_wrong_welcome() -> None:
    """A guest that is greeted with another token hooks nothing and goes."""
    link = open_link(os.getuid(), pid=os.getpid())
    token = link.token
    writer = Writer(link.seen_as, token)
    link.token = "0" * 32
    thread = threading.Thread(target=writer.run)
    thread.start()
    assert link.wait_hello(0.5) is None
    link.close()
    thread.join(PATIENCE_S)
    assert writer.guest is None


def test_nobody_there() -> None:
    """A guest whose host has gone goes, silently."""
    writer = Writer("/tmp/logwatch-nobody", "token")
    writer.run()
    assert writer.guest is None
