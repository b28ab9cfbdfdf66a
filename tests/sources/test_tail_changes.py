"""What may be done to a real file while it is followed, other than to append to it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from logwatch.sources.source import Chunk
from logwatch.sources.tail import Tail

Append = Callable[[Path, bytes], None]


def test_a_shorter_rewrite_is_truncation(log: Path, tail: Tail, append: Append) -> None:
    """A file that is emptied and written anew begins a new log."""
    log.write_bytes(b"step 1\n")

    assert Chunk(0, b"step 1\n", 7, "truncated") == tail.read(100, 1.0)
    append(log, b"step 2\n")
    assert Chunk(7, b"step 2\n", 14) == tail.read(100, 1.0)


def test_an_emptied_file_is_truncation(log: Path, tail: Tail) -> None:
    """`> train.log` is told although no byte follows."""
    os.truncate(log, 0)

    assert Chunk(0, b"", 0, "truncated") == tail.read(100, 1.0)


def test_a_longer_rewrite_is_a_replacement(log: Path, tail: Tail) -> None:
    """A file rewritten between two looks, now longer than before, is not taken for grown."""
    log.write_bytes(b"epoch 1 of 90, loss 7.1\nepoch 2 of 90\n")

    assert Chunk(0, log.read_bytes(), 38, "replaced") == tail.read(100, 1.0)


def test_a_rerun_with_the_same_banner_is_a_replacement(tmp_path: Path) -> None:
    """A requeued job that prints the same long banner and other figures begins a new log."""
    log = tmp_path / "slurm-1.out"
    banner = b"[config] key: value\n" * 200
    log.write_bytes(banner + b"step 1 loss 3.2\n")
    tail = Tail(log)
    tail.read(1 << 20, 1.0)
    log.write_bytes(banner + b"step 1 loss 3.3\nstep 2 loss 3.1\n")

    assert "replaced" == tail.read(1 << 20, 1.0).event


def test_two_logs_are_never_mixed(tmp_path: Path) -> None:
    """A log that is written anew while its old content is being read begins again at once."""
    log = tmp_path / "train.log"
    log.write_bytes(b"".join(b"run 1 step %d\n" % step for step in range(1000)))
    tail = Tail(log)
    tail.read(5000, 1.0)
    log.write_bytes(b"".join(b"run 2 step %d\n" % step for step in range(2000)))

    assert Chunk(0, log.read_bytes()[:5000], log.stat().st_size, "replaced") == tail.read(5000, 1.0)
    tail.close()


def test_a_renamed_file_replaces(log: Path, tail: Tail, tmp_path: Path) -> None:
    """Another file that is moved over the name begins a new log, whatever its length."""
    for content in (b"epoch 1\n", b"epoch 1, this time with a line that is longer\n"):
        (tmp_path / "new").write_bytes(content)
        (tmp_path / "new").rename(log)

        assert Chunk(0, content, len(content), "replaced") == tail.read(100, 1.0)


def test_the_end_of_a_rotated_file_is_read_first(
    log: Path, tail: Tail, tmp_path: Path, append: Append
) -> None:
    """The last lines before a rotation, often the error, come before the new log."""
    append(log, b"Traceback\n")
    log.rename(tmp_path / "train.log.1")
    log.write_bytes(b"restarted\n")

    assert Chunk(16, b"Traceback\n", 26) == tail.read(100, 1.0)
    assert Chunk(0, b"restarted\n", 10, "replaced") == tail.read(100, 1.0)


def test_a_rotated_file_that_goes_on_growing_is_left(
    log: Path, tail: Tail, tmp_path: Path, append: Append
) -> None:
    """A writer that keeps the old file cannot keep the reader from the new one."""
    old = tmp_path / "train.log.1"
    log.rename(old)
    log.write_bytes(b"restarted\n")
    events = []
    for _ in range(4):
        append(old, b"more\n")
        events.append(tail.read(100, 1.0).event)

    assert ["", "replaced", "", ""] == events


def test_a_copy_with_the_same_start_is_the_same_log(log: Path, tail: Tail, tmp_path: Path) -> None:
    """rsync replaces the file by a longer copy: reading goes on where it was."""
    (tmp_path / "copy").write_bytes(log.read_bytes() + b"step 2\n")
    (tmp_path / "copy").rename(log)

    assert Chunk(16, b"step 2\n", 23) == tail.read(100, 1.0)


def test_a_deleted_file_stays_readable(tmp_path: Path) -> None:
    """What was not read before the deletion still is, and the status says what happened."""
    path = tmp_path / "train.log"
    with path.open("wb", buffering=0) as writer:
        writer.write(b"step 1\n")
        tail = Tail(path)
        tail.read(100, 1.0)
        path.unlink()
        writer.write(b"step 2\n")

        assert Chunk(7, b"step 2\n", 14) == tail.read(100, 1.0)
    assert tail.describe().endswith(", deleted")
    assert b"step 1\nstep 2\n" == tail.pread(0, 100)


def test_a_file_that_comes_back_is_a_replacement(log: Path, tail: Tail) -> None:
    """When the name appears again the new log is followed."""
    log.unlink()
    assert Chunk(16, b"", 16) == tail.read(100, 1.0)
    log.write_bytes(b"a new run\n")

    assert Chunk(0, b"a new run\n", 10, "replaced") == tail.read(100, 1.0)
    assert "deleted" not in tail.describe()


def test_a_folder_that_is_renamed_away_and_back_loses_nothing(
    tmp_path: Path, append: Append
) -> None:
    """A missing folder is a missing file; the same file back under its name goes on."""
    (tmp_path / "run").mkdir()
    log = tmp_path / "run" / "train.log"
    log.write_bytes(b"step 1\n")
    tail = Tail(log)
    tail.read(100, 1.0)
    (tmp_path / "run").rename(tmp_path / "away")
    assert "" == tail.read(100, 1.0).event
    (tmp_path / "away").rename(tmp_path / "run")
    append(log, b"step 2\n")

    assert Chunk(7, b"step 2\n", 14) == tail.read(100, 1.0)


def test_another_kind_of_file_under_the_name_is_waited_out(log: Path, tail: Tail) -> None:
    """A pipe under the name neither blocks the reader nor ends it."""
    log.unlink()
    os.mkfifo(log)

    assert Chunk(16, b"", 16) == tail.read(100, 1.0)
    assert tail.describe().endswith(", no longer a file")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_the_last_lines_before_another_kind_of_file_are_read(
    log: Path, tail: Tail, append: Append, make: Callable[[Path], None]
) -> None:
    """What a program writes to the log that was renamed away is not lost."""
    tail.read(100, 1.0)
    append(log, b"step 9\n")
    log.rename(log.with_suffix(".old"))
    make(log)

    assert b"step 9\n" == tail.read(100, 1.0).data
    append(log.with_suffix(".old"), b"step 10\n")
    assert b"step 10\n" == tail.read(100, 1.0).data


def test_a_log_emptied_under_its_writer_skips_the_hole(tmp_path: Path) -> None:
    """A writer that goes on at its old place leaves a hole, which is not read as a line of NULs."""
    path = tmp_path / "train.log"
    with path.open("wb", buffering=0) as writer:
        writer.write(b"x" * (8 << 20))
        tail = Tail(path)
        while tail.read(4 << 20, 1.0).data:
            pass
        os.truncate(path, 0)
        writer.write(b"step 9\n")
        chunk = tail.read(4 << 20, 1.0)

        assert "replaced" == chunk.event
        assert b"step 9\n" == chunk.data.lstrip(b"\0")
        assert chunk.offset + len(chunk.data) == chunk.size
        assert len(chunk.data) <= 1 << 16
        writer.write(b"step 10\n")
        assert Chunk(chunk.size, b"step 10\n", chunk.size + 8) == tail.read(100, 1.0)


def test_a_symbolic_link_that_turns_is_a_replacement(log: Path, tmp_path: Path) -> None:
    """latest.log that points to the next run begins a new log."""
    (tmp_path / "second.log").write_bytes(b"epoch 1\n")
    link = tmp_path / "latest.log"
    link.symlink_to(log)
    tail = Tail(link)
    tail.read(100, 1.0)
    link.unlink()
    link.symlink_to(tmp_path / "second.log")

    assert Chunk(0, b"epoch 1\n", 8, "replaced") == tail.read(100, 1.0)
