"""The cache of dialects is data of one's own: nothing in it runs, no link leads away from it."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from logwatch.parsing.library import Library
from logwatch.sources.dialects import cache
from logwatch.sources.dialects.cache import CACHE_NAME, FOLDER_NAME, read_cache, write_cache

STAMP = "of today"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root: a file of another user")
STRANGER = 4711


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of this user, below folders that root may trust."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return home


def kept_in(folder: Path) -> Path:
    """The file of a cache in a folder, whose own folders are there."""
    (folder / FOLDER_NAME).mkdir(parents=True, mode=0o700)
    return folder / FOLDER_NAME / CACHE_NAME


def names_in(folder: Path) -> list[str]:
    """The names of what a folder holds."""
    return [path.name for path in folder.iterdir()]


class Bomb:
    """What makes a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.mark),)


def test_the_library_comes_back(home: Path, library: Library) -> None:
    """Dialects, entrances and faults are those that were written; the file is one's own alone."""
    write_cache(STAMP, library, ("a fault",))

    known = read_cache(STAMP)
    assert known is not None
    told = [repr(dialect) for dialect in library.dialects]  # nan is not equal to itself
    assert told == [repr(dialect) for dialect in known[0].dialects]
    assert library.entrances == known[0].entrances
    assert ("a fault",) == known[1]
    path = home / ".cache" / FOLDER_NAME / CACHE_NAME
    assert 0o600 == path.stat().st_mode & 0o777
    assert [CACHE_NAME] == names_in(path.parent)
    assert read_cache("of yesterday") is None


def test_nothing_in_it_runs(home: Path, tmp_path: Path) -> None:
    """A pickle in the place of the cache, under its old name too, is never loaded."""
    mark = tmp_path / "mark"
    path = kept_in(home / ".cache")
    for name in (CACHE_NAME, "dialects.pickle"):
        path.with_name(name).write_bytes(pickle.dumps(Bomb(mark)))

    assert read_cache(STAMP) is None
    assert not mark.exists()


def test_no_module_unpickles() -> None:
    """No file of the package imports a module that runs what it reads."""
    package = Path(cache.__file__).parents[2]
    texts = {path.name: path.read_text() for path in package.rglob("*.py")}

    assert [] == [
        (name, word)
        for name, text in texts.items()
        for word in ("import pickle", "import marshal", "import shelve", "import dill")
        if word in text
    ]


@pytest.mark.parametrize("kept", ["", "{", "[]", "null", "3", "[" * 99_999])
def test_a_broken_cache_is_none(home: Path, kept: str) -> None:
    """Whatever is wrong with a cache, the dialects are checked again."""
    kept_in(home / ".cache").write_text(kept)

    assert read_cache(STAMP) is None


@pytest.mark.parametrize(
    "library",
    [None, {}, {"translations": [[1, 2, 3, 4]]}, {"translations": [], "dialects": [{"a": 1}]}],
)
def test_a_cache_of_another_form_is_none(home: Path, library: object) -> None:
    """The right stamp with nonsense after it is no cache."""
    kept = {"stamp": STAMP, "library": library, "faults": []}
    kept_in(home / ".cache").write_text(json.dumps(kept))

    assert read_cache(STAMP) is None


def test_a_link_is_not_read(home: Path, library: Library) -> None:
    """A link in the place of the cache is not followed, not even to a cache of one's own."""
    write_cache(STAMP, library, ())
    path = home / ".cache" / FOLDER_NAME / CACHE_NAME
    path.rename(home / "elsewhere")
    path.symlink_to(home / "elsewhere")

    assert read_cache(STAMP) is None


def test_a_link_is_replaced_not_followed(home: Path, library: Library) -> None:
    """What a link in the place of the cache leads to stays as it was."""
    path = kept_in(home / ".cache")
    (home / "secret").write_text("mine")
    path.symlink_to(home / "secret")

    write_cache(STAMP, library, ())

    assert "mine" == (home / "secret").read_text()
    assert not path.is_symlink()
    assert read_cache(STAMP) is not None


def test_the_name_of_the_part_cannot_be_guessed(home: Path, library: Library) -> None:
    """Links under the names that a process number gives lead nowhere."""
    path = kept_in(home / ".cache")
    (home / "secret").write_text("mine")
    for stem in ("dialects", CACHE_NAME):
        (path.parent / f"{stem}.{os.getpid()}").symlink_to(home / "secret")

    write_cache(STAMP, library, ())

    assert "mine" == (home / "secret").read_text()
    assert read_cache(STAMP) is not None


def test_a_fifo_is_not_waited_for(home: Path, library: Library) -> None:
    """A named pipe in the place of the cache is none, at once, and is replaced."""
    path = kept_in(home / ".cache")
    os.mkfifo(path)

    assert read_cache(STAMP) is None
    write_cache(STAMP, library, ())
    assert read_cache(STAMP) is not None


@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_a_folder_that_others_write_is_not_used(home: Path, library: Library, mode: int) -> None:
    """Who may write into the folder could exchange the cache."""
    path = kept_in(home / ".cache")
    path.parent.chmod(mode)

    write_cache(STAMP, library, ())

    assert [] == names_in(path.parent)


def test_a_file_that_others_write_is_not_read(home: Path, library: Library) -> None:
    """A cache that the group may write is made again."""
    write_cache(STAMP, library, ())
    (home / ".cache" / FOLDER_NAME / CACHE_NAME).chmod(0o660)

    assert read_cache(STAMP) is None


@pytest.mark.parametrize("name", ["", "rel", "./rel", "~/rel"])
def test_a_relative_folder_is_ignored(
    home: Path, library: Library, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG_CACHE_HOME counts only where it is absolute; nothing is made in the current folder."""
    here = home / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CACHE_HOME", name)

    write_cache(STAMP, library, ())

    assert [] == names_in(here)
    assert (home / ".cache" / FOLDER_NAME / CACHE_NAME).is_file()


def test_a_named_folder_is_made(
    home: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An absolute XDG_CACHE_HOME that is not there yet is made in a folder that is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "caches"))

    write_cache(STAMP, library, ())

    assert 0o700 == (home / "caches").stat().st_mode & 0o777
    assert read_cache(STAMP) is not None


def test_no_home_is_made(home: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the home does not exist there is no cache, and root makes no home."""
    monkeypatch.setenv("HOME", str(home / "gone"))

    write_cache(STAMP, library, ())

    assert read_cache(STAMP) is None
    assert [] == names_in(home)


@needs_root
@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME"])
def test_root_uses_no_cache_of_another(
    home: Path, library: Library, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the home of another user, as `sudo -E` gives it, root reads and writes no cache."""
    theirs = home / "theirs"
    path = kept_in(theirs / ".cache" if variable == "HOME" else theirs)
    for one in (theirs, *theirs.rglob("*")):
        os.chown(one, STRANGER, STRANGER)
    monkeypatch.setenv(variable, str(theirs))

    write_cache(STAMP, library, ())

    assert [] == names_in(path.parent)


@needs_root
def test_root_follows_no_link_to_the_cache(
    home: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link of another user in XDG_CACHE_HOME does not lead root to a folder of its own."""
    (home / "rooted").mkdir(mode=0o700)
    theirs = home / "theirs"
    theirs.symlink_to(home / "rooted")
    os.chown(theirs, STRANGER, STRANGER, follow_symlinks=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(theirs))

    write_cache(STAMP, library, ())

    assert [] == names_in(home / "rooted")


@needs_root
def test_a_cache_of_another_is_not_read(home: Path, library: Library) -> None:
    """A file of another user in one's own folder is no cache."""
    write_cache(STAMP, library, ())
    os.chown(home / ".cache" / FOLDER_NAME / CACHE_NAME, STRANGER, STRANGER)

    assert read_cache(STAMP) is None
