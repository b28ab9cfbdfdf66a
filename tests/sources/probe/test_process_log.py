"""The file that a process writes its output to, in a /proc of the test's own."""

import pytest

from logwatch.sources.probe.process_log import find_log


class Proc:
    """A /proc with processes whose descriptors are links."""

    def __init__(self, root):
        self.root = root

    def add(self, pid, comm="python", **links):
        """A process; `fd1="..."` is what its descriptor 1 leads to."""
        folder = self.root / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(comm + "\n")
        for name, target in links.items():
            (folder / "fd" / name.removeprefix("fd")).symlink_to(target)


@pytest.fixture
def proc(tmp_path):
    """An empty one."""
    return Proc(tmp_path / "proc")


@pytest.fixture
def log(tmp_path):
    """A file that is not empty."""
    path = tmp_path / "train.log"
    path.write_text("step 1: loss 2\n")
    return path


def test_standard_output_is_the_log(proc, log, tmp_path):
    """Of two files that hold something the standard output counts."""
    other = tmp_path / "errors.log"
    other.write_text("warning\n")
    proc.add(7, fd1=log, fd2=other)

    assert log == find_log(7, proc.root)


def test_an_empty_output_gives_way(proc, log, tmp_path):
    """A training that prints its bars on stderr has its log there."""
    empty = tmp_path / "empty.log"
    empty.touch()
    proc.add(7, fd1=empty, fd2=log)

    assert log == find_log(7, proc.root)


def test_the_file_behind_tee_is_the_log(proc, log):
    """`python train.py | tee train.log` is found through the pipe between them."""
    proc.add(7, fd1="pipe:[123]", fd2="/dev/pts/0")
    proc.add(8, comm="cat", fd0="pipe:[123]", fd3=log.parent / "other")
    proc.add(9, comm="tee", fd0="pipe:[123]", fd1="/dev/pts/0", fd3=log)

    assert log == find_log(7, proc.root)


@pytest.mark.parametrize("target", ["/dev/null", "/dev/pts/0", "pipe:[5]", "/gone (deleted)"])
def test_what_is_no_file_is_no_log(proc, target):
    """A terminal, a pipe to something else, and a deleted file cannot be read."""
    proc.root.mkdir()
    proc.add(7, fd1=target, fd2=target)

    assert find_log(7, proc.root) is None


def test_a_process_that_is_gone_has_no_log(proc):
    """Nothing is raised."""
    proc.root.mkdir()

    assert find_log(7, proc.root) is None
