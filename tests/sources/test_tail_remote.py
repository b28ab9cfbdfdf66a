"""Following files on filesystems that mislead: NFS, Lustre, Gluster, played by a fake disk."""

import errno

import pytest

from logwatch.sources.source import Chunk, SourceError
from logwatch.sources.tail import CONFIRM_SECONDS, HOLE_SECONDS

LINE = b"step 1 loss 3.2\n"


def test_a_stale_size_is_no_truncation(disk) -> None:
    """A size smaller than what was read, with the bytes still there, changes nothing."""
    file = disk.write("a.log", LINE * 3)
    tail = disk.follow("a.log", "fuse.glusterfs")
    tail.read(1000, 1.0)
    file.stale_size = 16
    file.written += 1
    disk.now += 10 * CONFIRM_SECONDS
    chunks = [tail.read(1000, 1.0) for _ in range(3)]
    file.stale_size = None
    disk.append("a.log", b"step 2\n")

    assert [Chunk(48, b"", 48)] * 3 == chunks
    assert Chunk(48, b"step 2\n", 55) == tail.read(1000, 1.0)


def test_no_more_is_read_than_the_size_says(disk) -> None:
    """Bytes beyond the size that the server tells are left for later."""
    file = disk.write("a.log", LINE * 3)
    file.stale_size = 20
    tail = disk.follow("a.log", "nfs4")

    assert Chunk(0, (LINE * 3)[:20], 20) == tail.read(1000, 1.0)


def test_a_cut_is_believed_when_seen_twice(disk) -> None:
    """A shorter file is a truncation only once it has been shorter for the cache's lifetime."""
    disk.write("a.log", LINE * 3)
    tail = disk.follow("a.log", "lustre")
    tail.read(1000, 1.0)
    disk.cut("a.log", 16)
    first = [tail.read(1000, 1.0).event for _ in range(5)]
    disk.now += CONFIRM_SECONDS

    assert [""] * 5 == first
    assert Chunk(0, LINE, 16, "truncated") == tail.read(1000, 1.0)


def test_nothing_is_read_on_in_doubt(disk) -> None:
    """Where the bytes before the reading place changed, nothing is read until it is clear why."""
    banner = b"config: the same in every run\n" * 50
    disk.write("a.log", banner + LINE * 1000)
    tail = disk.follow("a.log", "nfs4")
    tail.read(5000, 1.0)
    disk.cut("a.log", 0)
    disk.append("a.log", banner + LINE.replace(b"3.2", b"4.5") * 1000)
    in_doubt = [tail.read(5000, 1.0) for _ in range(3)]
    disk.now += CONFIRM_SECONDS

    assert [Chunk(5000, b"", 5000)] * 3 == in_doubt
    assert "replaced" == tail.read(5000, 1.0).event


def test_a_cut_that_was_not_one_is_forgotten(disk) -> None:
    """A size that recovers was a mistake, and the next one is judged afresh."""
    file = disk.write("a.log", LINE * 3)
    tail = disk.follow("a.log", "nfs")
    tail.read(1000, 1.0)
    kept = file.data
    file.data, file.written = kept[:16], 10
    assert "" == tail.read(1000, 1.0).event
    file.data, file.written = kept + b"step 2\n", 11
    disk.now += CONFIRM_SECONDS
    assert Chunk(48, b"step 2\n", 55) == tail.read(1000, 1.0)
    file.data, file.written = kept[:16], 12

    assert "" == tail.read(1000, 1.0).event


def test_another_head_is_believed_at_once(disk) -> None:
    """Other first bytes under a newly opened name prove another log."""
    disk.write("a.log", LINE)
    tail = disk.follow("a.log", "nfs4")
    tail.read(1000, 1.0)
    disk.write("a.log", b"epoch 1 of 90, loss 7.1\n")

    assert Chunk(0, b"epoch 1 of 90, loss 7.1\n", 24, "replaced") == tail.read(1000, 1.0)


def test_an_inode_number_proves_nothing(disk) -> None:
    """Lustre may renumber a file when it moves its metadata: the log goes on."""
    disk.write("a.log", LINE)
    tail = disk.follow("a.log", "lustre")
    tail.read(1000, 1.0)
    disk.write("a.log", LINE + b"step 2\n")

    assert Chunk(16, b"step 2\n", 23) == tail.read(1000, 1.0)


def test_a_hole_in_a_growing_log_is_waited_for(disk) -> None:
    """NULs whose data are still under way are not read as data."""
    file = disk.write("a.log", LINE)
    tail = disk.follow("a.log", "nfs4")
    tail.read(1000, 1.0)
    disk.append("a.log", b"step 2\n" + bytes(7) + b"step 4\n")
    first = [tail.read(1000, 1.0).data for _ in range(3)]
    file.data[23:30] = b"step 3\n"
    file.written += 1

    assert [b"step 2\n", b"", b""] == first
    assert b"step 3\nstep 4\n" == tail.read(1000, 1.0).data


def test_each_hole_is_waited_for_anew(disk) -> None:
    """That one hole was waited for long enough says nothing of the next."""
    file = disk.write("a.log", LINE)
    tail = disk.follow("a.log", "nfs4")
    tail.read(1000, 1.0)
    disk.append("a.log", bytes(7))
    assert b"" == tail.read(1000, 1.0).data
    file.data[16:] = b"step 2\n" + bytes(7)
    file.written += 1
    disk.now += HOLE_SECONDS
    assert b"step 2\n" == tail.read(1000, 1.0).data
    file.data[23:] = b"step 3\n"
    file.written += 1
    assert b"step 3\n" == tail.read(1000, 1.0).data
    disk.append("a.log", bytes(7))
    disk.now += HOLE_SECONDS

    assert b"" == tail.read(1000, 1.0).data


def test_a_reader_of_a_hole_does_not_spin(disk) -> None:
    """While a hole is waited for, waiting waits."""
    disk.write("a.log", LINE)
    tail = disk.follow("a.log", "nfs4")
    tail.read(1000, 1.0)
    tail.wait(0.0)
    disk.append("a.log", bytes(7))
    tail.read(1000, 1.0)

    assert not tail.wait(0.0)


def test_a_hole_that_stays_is_given_as_it_is(disk) -> None:
    """NULs that stay longer than writers keep pages back are the log's own."""
    disk.write("a.log", LINE)
    tail = disk.follow("a.log", "nfs4")
    tail.read(1000, 1.0)
    disk.append("a.log", bytes(7) + b"step 4\n")
    assert b"" == tail.read(1000, 1.0).data
    disk.now += HOLE_SECONDS

    assert bytes(7) + b"step 4\n" == tail.read(1000, 1.0).data


def test_a_finished_log_with_nuls_is_read_at_once(disk) -> None:
    """NULs in a log that does not grow are nothing to wait for."""
    disk.write("a.log", LINE + bytes(7) + LINE)
    tail = disk.follow("a.log", "lustre")

    assert LINE + bytes(7) + LINE == tail.read(1000, 1.0).data


def test_a_stale_handle_is_opened_again(disk) -> None:
    """After a read error the name is opened anew, and no byte is lost."""
    disk.write("a.log", LINE * 2)
    tail = disk.follow("a.log", "nfs4")
    tail.read(16, 1.0)
    disk.read_error = OSError(errno.ESTALE, "Stale file handle")
    with pytest.raises(SourceError, match=r"^/fake/a\.log cannot be read: stale file handle$"):
        tail.read(1000, 1.0)
    assert "poll 1 s (nfs4), cannot be read: stale file handle" == tail.describe()
    disk.read_error = None

    assert Chunk(16, LINE, 32) == tail.read(1000, 1.0)
    assert "poll 1 s (nfs4)" == tail.describe()


def test_bytes_before_a_bad_place_are_given(disk) -> None:
    """A read that fails half way gives what it has; only the next one fails."""
    disk.write("a.log", b"x" * (4 << 20))
    disk.read_error, disk.bad_from = OSError(errno.EIO, "Input/output error"), 5 << 19
    tail = disk.follow("a.log", "lustre")

    assert 2 << 20 == len(tail.read(4 << 20, 10.0).data)
    with pytest.raises(SourceError, match="input/output error"):
        tail.read(4 << 20, 10.0)


def test_a_silent_look_reads_nothing(disk) -> None:
    """While nothing happens a look asks only for the size: the server is not made to read."""
    disk.write("a.log", LINE)
    tail = disk.follow("a.log", "lustre")
    tail.read(1000, 1.0)
    before = disk.reads
    for _ in range(5):
        tail.read(1000, 1.0)

    assert before == disk.reads


def test_an_event_survives_a_read_error(disk) -> None:
    """That the log is a new one is told even if its first bytes could not be read at once."""
    disk.write("a.log", LINE * 2)
    tail = disk.follow("a.log", "nfs4")
    tail.read(1000, 1.0)
    disk.write("a.log", b"x" * 1000)
    disk.read_error, disk.bad_from = OSError(errno.EIO, "Input/output error"), 500
    with pytest.raises(SourceError):
        tail.read(1000, 1.0)
    disk.read_error = None

    assert Chunk(0, b"x" * 1000, 1000, "replaced") == tail.read(1000, 1.0)


def test_a_name_that_may_not_be_opened_any_more_is_said(disk) -> None:
    """Lost permission stops nothing: what is held is still read, and the status tells."""
    disk.write("a.log", LINE)
    tail = disk.follow("a.log", "nfs4")
    tail.read(1000, 1.0)
    disk.open_error = PermissionError(errno.EACCES, "Permission denied")
    disk.append("a.log", b"step 2\n")

    assert Chunk(16, b"step 2\n", 23) == tail.read(1000, 1.0)
    assert "poll 1 s (nfs4), cannot be opened: permission denied" == tail.describe()


def test_one_descriptor_is_held(disk) -> None:
    """Looking again and again leaves no descriptor open, nor does closing."""
    disk.write("a.log", LINE)
    tail = disk.follow("a.log", "nfs4")
    held = []
    for content in (LINE, b"other\n", b""):
        disk.write("a.log", content)
        tail.read(1000, 1.0)
        disk.append("a.log", b"more\n")
        tail.read(1000, 1.0)
        held.append(len(disk.opened))
    tail.close()

    assert [1, 1, 1] == held
    assert {} == disk.opened
