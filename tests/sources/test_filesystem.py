"""Which filesystem a path lies on."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from logwatch.sources.filesystem import (
    LOCAL_FILESYSTEMS,
    Mount,
    find_data,
    find_kind,
    open_for_reading,
    parse_mounts,
    read_kind,
)

# As on a cluster's login node; field 7 (shared:1 ...) may be there any number of times.
MOUNTINFO = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:50 / /home rw,relatime shared:2 master:7 - autofs systemd-1 rw,fd=50
31 30 0:51 / /home/anna rw,relatime - nfs4 filer:/export/home/anna rw,vers=4.2,sec=sys
32 22 0:52 / /scratch rw - lustre 10.0.0.1@o2ib:/scratch rw,flock
33 22 0:53 /data/my\\040runs /mnt/my\\040runs rw - fuse.sshfs anna@host: rw
34 22 0:54 / /tmp rw - tmpfs tmpfs rw
35 34 0:55 / /tmp rw - overlay overlay rw
broken line
"""


def test_the_longest_mount_point_decides() -> None:
    """A file belongs to the mount that lies nearest above it."""
    mounts = parse_mounts(MOUNTINFO)
    paths = ["/x.log", "/home/bob/x", "/home/anna/x", "/home/annabel/x", "/scratch", "/scratch2/x"]

    assert ["ext4", "autofs", "nfs4", "autofs", "lustre", "ext4"] == [
        find_kind(path, mounts) for path in paths
    ]


def test_names_with_spaces_are_decoded() -> None:
    """The kernel writes a space in a mount point as an octal escape."""
    assert "fuse.sshfs" == find_kind("/mnt/my runs/a.log", parse_mounts(MOUNTINFO))


def test_the_upper_of_two_mounts_on_one_point_counts() -> None:
    """What was mounted last hides what was there."""
    assert "overlay" == find_kind("/tmp/a.log", parse_mounts(MOUNTINFO))


def test_nothing_is_known_without_mounts() -> None:
    """Without the kernel's list the filesystem is unknown, and so not local."""
    assert "unknown" == find_kind("/a.log", ())
    assert "unknown" not in LOCAL_FILESYSTEMS


def test_network_filesystems_are_not_local() -> None:
    """Whatever has writers on other machines, or may lie over such, is polled."""
    remote = {"nfs", "nfs4", "lustre", "gpfs", "ceph", "beegfs", "fhgfs", "cifs", "smb3", "9p"}
    remote |= {"fuse", "fuse.sshfs", "fuse.glusterfs", "fuseblk", "overlay", "afs", "wekafs"}

    assert set() == remote & LOCAL_FILESYSTEMS


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    """No content of the kernel's list breaks the parser."""
    assert all(isinstance(mount, Mount) for mount in parse_mounts(text))


def test_this_machine_knows_its_root() -> None:
    """The real list has a filesystem for /proc."""
    assert "proc" == read_kind("/proc/self/mountinfo")


def test_a_fifo_is_opened_without_waiting_for_a_writer(tmp_path: Path) -> None:
    """Opening never blocks, whatever lies under the name."""
    os.mkfifo(tmp_path / "fifo")
    fd = open_for_reading(str(tmp_path / "fifo"))
    os.close(fd)


def test_data_after_a_hole_is_found(tmp_path: Path) -> None:
    """A file that begins with a hole has its data further on."""
    path = tmp_path / "holed.log"
    with path.open("wb") as file:
        file.seek(1 << 20)
        file.write(b"step 1\n")
    fd = open_for_reading(str(path))
    start = find_data(fd, 0)
    os.close(fd)

    assert 0 < start <= 1 << 20
