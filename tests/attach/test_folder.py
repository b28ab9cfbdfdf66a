"""Where the folder of a link may be made."""

import os
from pathlib import Path

import pytest

from logwatch.attach.link import open_link


def test_link_that_leads_out(tmp_path: Path) -> None:
    """A target whose /tmp is a symbolic link does not make us write elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "tmp").symlink_to(elsewhere)
    with pytest.raises(OSError, match=r"no folder|No such file"):
        open_link(os.getuid(), root)
    assert [] == list(elsewhere.iterdir())


def test_long_root(tmp_path: Path) -> None:
    """A root whose path is longer than that of a socket may be gets its socket all the same."""
    root = tmp_path / ("x" * 100)
    (root / "tmp").mkdir(parents=True)
    link = open_link(os.getuid(), root)
    assert (link.folder / "socket").is_socket()
    link.close()
    assert [] == list((root / "tmp").iterdir())
