"""Whatever happens to a file in whatever order, what is given is what lies there."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwatch.sources.source import Chunk
from logwatch.sources.tail import CONFIRM_SECONDS, Tail


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=200) | st.integers(0, 300), max_size=30))
def test_every_byte_comes_once(steps: list[bytes | int]) -> None:
    """Appends and reads of any size, in any order, give back exactly the bytes of the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.log"
        path.touch()
        tail = Tail(path)
        chunks = []
        for step in steps:
            if isinstance(step, bytes):
                with path.open("ab") as file:
                    file.write(step)
            else:
                chunks.append(tail.read(step, 1.0))
        while (chunk := tail.read(1000, 1.0)).data:
            chunks.append(chunk)
        tail.close()

        assert path.read_bytes() == b"".join(chunk.data for chunk in chunks)
        assert {""} >= {chunk.event for chunk in chunks}


def make_lines(run: int, count: int) -> bytes:
    banner = b"config: the same in every run\n" * 50
    return banner + b"".join(b"run %d step %d\n" % (run, step) for step in range(count))


STEPS = st.one_of(
    st.tuples(st.just("append"), st.binary(min_size=1, max_size=40)),
    st.tuples(st.just("read"), st.integers(0, 2000)),
    st.tuples(st.just("cut"), st.integers(0, 2000)),
    st.tuples(st.just("rewrite"), st.integers(0, 60)),
    st.tuples(st.just("replace"), st.integers(0, 60)),
    st.tuples(st.just("delete"), st.none()),
    st.tuples(st.just("pass"), st.floats(0.0, 5.0)),
)


def perform(disk, tail, step: tuple[str, object], run: int) -> list[Chunk]:
    """Do one step to the file a.log, or read it."""
    what, value = step
    if what == "read":
        return [tail.read(value, 1.0)]
    if what == "pass":
        disk.now += value
    elif what == "delete":
        disk.files.pop("a.log", None)
    elif what == "replace" or "a.log" not in disk.files:
        disk.write("a.log", make_lines(run, 20))
    elif what == "rewrite":
        disk.cut("a.log", 0)
        disk.append("a.log", make_lines(run, value))
    elif what == "cut":
        disk.cut("a.log", value)
    else:
        disk.append("a.log", value.replace(b"\0", b"0"))
    return []


@pytest.mark.parametrize("kind", ["ext4", "lustre"])
@settings(max_examples=300)
@given(steps=st.lists(STEPS, max_size=30))
def test_since_the_last_event_the_log_is_what_lies_there(kind: str, steps, make_disk) -> None:
    """Whatever was done to the file, what came since the last event is the file's content."""
    disk = make_disk()
    disk.write("a.log", make_lines(0, 10))
    tail = disk.follow("a.log", kind)
    chunks = []
    for run, step in enumerate([*steps, ("append", b"end\n")], start=1):
        chunks += perform(disk, tail, step, run)
    for _ in range(8):
        disk.now += CONFIRM_SECONDS
        chunks += perform(disk, tail, ("read", 1 << 20), 0)
    starts = [number for number, chunk in enumerate(chunks) if chunk.event]
    last = chunks[starts[-1] if starts else 0 :]

    assert bytes(disk.files["a.log"].data) == b"".join(chunk.data for chunk in last)
    assert [chunk.offset for chunk in last] == [
        sum(len(before.data) for before in last[:number]) for number in range(len(last))
    ]


@settings(max_examples=200)
@given(st.lists(st.tuples(st.binary(max_size=50), st.integers(0, 100), st.integers(0, 80))))
def test_no_wrong_size_loses_or_repeats_a_byte(make_disk, steps) -> None:
    """Sizes that lag behind, in any order, never look like a truncation."""
    disk = make_disk()
    file = disk.write("a.log", b"")
    tail = disk.follow("a.log", "nfs4")
    chunks = []
    for data, lag, wanted in steps:
        disk.append("a.log", data.replace(b"\0", b"0"))
        file.stale_size = max(0, len(file.data) - lag)
        chunks.append(tail.read(wanted, 1.0))
    file.stale_size = None
    file.written += 1
    while (chunk := tail.read(1000, 1.0)).data:
        chunks.append(chunk)

    assert bytes(file.data) == b"".join(chunk.data for chunk in chunks)
    assert {""} >= {chunk.event for chunk in chunks}
