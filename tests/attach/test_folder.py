"""Where the folder of a link may be made."""

import os
from pathlib import Path

import pytest

from logwatch.attach.folder import PLACES
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


def test_path_too_long(tmp_path: Path) -> None:
    """A path that no socket can have is refused in a sentence."""
    root = tmp_path / ("x" * 100)
    for place in PLACES:
        (root / place[1:]).mkdir(parents=True)
    with pytest.raises(OSError, match="too long for a socket"):
        open_link(os.getuid(), root)
