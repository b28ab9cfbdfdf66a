"""The line that is run in the target."""

from typing import Any

import pytest

from logwatch.attach.bootstrap import pack_bootstrap, write_bootstrap


def test_bootstrap_is_plain() -> None:
    """The bootstrap can stand in double quotes: it has none, no backslash, percent or newline."""
    line = pack_bootstrap(write_bootstrap("/tmp/logwatch-0", "abc"))
    assert not set('"\\%\n') & set(line)
    assert line.isascii()


def test_bootstrap_leaves_no_name() -> None:
    """It leaves no name where it runs, whatever names are there already."""
    names: dict[str, Any] = {"exec": None, "open": 3, "bytes": "b", "dict": 0}
    exec(pack_bootstrap(write_bootstrap("/tmp/logwatch-nobody", "abc")), names)

    assert {"exec", "open", "bytes", "dict", "__builtins__"} == names.keys()


@pytest.mark.parametrize("folder", ["/tmp/a b", "/tmp/'", "/tmp/{x}", "/tmp/\n"])
def test_odd_folders(folder: str) -> None:
    """A folder that could end a quote is refused."""
    with pytest.raises(ValueError, match="plain folder"):
        write_bootstrap(folder, "abc")
