"""A stranger's dialect costs itself at most: it runs no code, reads no file, fills no memory."""

import sys
import tracemalloc
from collections.abc import Generator
from pathlib import Path

import pytest

from logwatch.parsing.dialects.dialect import DialectError
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.matching.tracebacks import MAX_TITLE
from logwatch.sources.dialects.load import LARGEST, check_library, explain_file, parse_dialect

OWN = Path("own.toml")
HEAD = "name = 'own'\ntitle = 'Mine'\nsource = 'mine.py'\n"
RUNAWAY = r"(?:a|a)*b$"
BAIT = "7 " + "a" * 40 + "bc"
MEGABYTE = 1 << 20
HARMLESS = {
    "object.__getattr__",
    "object.__setattr__",
    "sys._getframe",
    "compile",
    "os.putenv",
    "builtins.id",
}
"""What Python and pytest do themselves meanwhile; code that is run would be seen as `exec`."""


def pattern(match: str, kind: str = "regex", name: str = "line") -> str:
    """A table of one pattern."""
    return f"[[pattern]]\nname = '{name}'\nkind = '{kind}'\nmatch = '''{match}'''\n"


def example(text: str, expect: str = "", by: str = "line") -> str:
    """A table of one example."""
    return f"[[example]]\npattern = '{by}'\ntext = '''{text}'''\nexpect = {{ {expect} }}\n"


SOUND = (
    HEAD
    + pattern(r"^mine (?P<step>\d+) loss (?P<loss>\S+)")
    + example("mine 3 loss 0.5", "'train/loss' = 0.5")
)


def refusal(text: str) -> str:
    """Why a text is no dialect; "" where it is one."""
    try:
        parse_dialect(OWN, text.encode())
    except DialectError as error:
        return str(error)
    return ""


class Watcher:
    """Notes what Python opens, runs and imports while it is on; a hook cannot be taken out."""

    def __init__(self) -> None:
        self.seen: list[str] | None = None
        sys.addaudithook(self._note)

    def _note(self, event: str, args: tuple[object, ...]) -> None:
        if self.seen is not None and event not in HARMLESS:
            self.seen.append(event)


WATCHER = Watcher()


@pytest.fixture
def watched() -> Generator[list[str]]:
    """All that is opened, run or imported meanwhile."""
    WATCHER.seen = seen = []
    yield seen
    WATCHER.seen = None


class TestData:
    def test_nothing_is_run_or_read(self, watched: list[str]) -> None:
        """Whatever a table holds, loading it and reading a log with it touches nothing else."""
        WATCHER.seen = None
        warm, _ = check_library([(OWN, SOUND.encode())])
        Extractor(warm).feed(b"mine 3 loss 0.5\n")
        sly = SOUND.replace("mine.py", "file:///etc/passwd").replace("Mine", "{open(0)}")
        sly += "[metrics]\n'$(id)' = '../../etc/passwd'\n"
        sly += "[[event]]\nkind = 'crash'\nmatch = '(?P<x>bang)'\ntitle = '{x.__class__} {x}'\n"
        sly += "[[example]]\ntext = 'bang'\nevent = 'crash'\n"

        WATCHER.seen = watched
        library, faults = check_library([(OWN, sly.encode())])
        extract = Extractor(library).feed(b"mine 3 loss 0.5\nbang\n")

        assert ((), []) == (faults, watched)
        assert ["{x.__class__} bang"] == [event.title for event in extract.events]

    @pytest.mark.parametrize("value", ["'os.system'", "true", "{ a = 1 }"])
    def test_a_function_cannot_be_named(self, value: str) -> None:
        """The key for functions is one of Python dialects; a table cannot hold any."""
        text = SOUND.replace("kind = 'regex'", f"kind = 'python'\nfind = {value}")

        assert "own.toml: " in refusal(text)
        assert "own.toml: " in refusal(SOUND.replace("kind = ", f"find = {value}\nkind = "))


class TestMemory:
    @pytest.mark.parametrize(
        ("match", "reason"),
        [
            ("(?:a{9999}){9999}", "repeats too often"),
            (r"\p{L}(?:a{9999}){9999}", "repeats too often"),
            ("(?:" * 60 + "a" + "+)" * 60, "repeats too often"),
            ("(?:" * 60 + "a" + "{2})" * 60, "repeats too often"),
            ("ab" * 15_000, "repeats too often"),
            ("(" * 3000 + "a" + ")" * 3000, "is too deep"),
            ("(?:" * 3000 + "a" + ")?" * 3000, "is too deep"),
        ],
    )
    def test_a_pattern_that_would_fill_it(self, match: str, reason: str) -> None:
        """A pattern that grows without bound when it is compiled is refused before."""
        tracemalloc.start()
        try:
            said = refusal(HEAD + pattern(match))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert said.startswith("own.toml: pattern 'line': match ") and reason in said
        assert 20 * MEGABYTE > peak

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("#" * (LARGEST + 1), "own.toml is larger than 262,144 bytes."),
            (SOUND + "x = " + "[" * 9000 + "]" * 9000, "own.toml is nested too deep."),
            (SOUND + "x = " + "{a = " * 9000 + "1" + "}" * 9000, "own.toml is nested too deep."),
            (".".join("a" * 9000) + " = 1", "own.toml has a key of too many parts."),
            ("[" + ".".join("a" * 9000) + "]", "own.toml has a key of too many parts."),
            ("x = {" + "'a' . " * 900 + "a = 1}", "own.toml has a key of too many parts."),
        ],
    )
    def test_a_file_that_would_fill_it(self, text: str, reason: str) -> None:
        """So is a file without end, and one that is nothing but brackets or a key of all dots."""
        assert reason == refusal(text)

    def test_a_file_without_end(self) -> None:
        """A device is refused before it is opened."""
        told = "/dev/zero is empty, cannot be read, or is not a file."
        assert [told] == explain_file(Path("/dev/zero"))

    def test_a_title_cannot_grow(self) -> None:
        """A title that repeats what it captures, and captures that hold fields, stay short."""
        event = f"[[event]]\nkind = 'nan'\nmatch = '(?P<a>.+) (?P<b>.+)'\ntitle = '{'{a}' * 999}'\n"
        event += "[[example]]\ntext = 'b c'\nevent = 'nan'\n"
        library, _ = check_library([(OWN, (HEAD + event).encode())])

        (found,) = Extractor(library).feed(b"{b}" * 9000 + b" " + b"{a}" * 9000 + b"\n").events

        assert MAX_TITLE >= len(found.title)


class TestTime:
    def test_one_that_runs_away_at_the_start(self) -> None:
        """A pattern that runs out of time on an example of its own costs its dialect alone."""
        bad = HEAD.replace("own", "bad") + pattern(RUNAWAY) + example(BAIT) * 50

        loaded, faults = check_library([(Path("b.toml"), bad.encode()), (OWN, SOUND.encode())])

        assert ["own"] == [dialect.name for dialect in loaded.dialects]
        (fault,) = faults
        assert fault.startswith("b.toml: example 1 ")
        assert fault.endswith("a pattern needs more than 50 ms for a line.")

    def test_one_that_runs_away_on_others(self) -> None:
        """One that runs out of time on another's examples is asked once, and both are loaded."""
        rash = (
            HEAD.replace("own", "rash")
            + pattern(r"hers (?P<loss>\S+)|" + RUNAWAY.replace("a|a", "e|e"))
            + example("hers 0.5", "'train/loss' = 0.5")
        )
        other = SOUND.replace("mine 3 loss 0.5", "mine 3 loss 0.5\n" + "7 " + "e" * 40 + "bc")

        loaded, faults = check_library([(OWN, other.encode()), (Path("r.toml"), rash.encode())])

        assert ({"own", "rash"}, ()) == ({dialect.name for dialect in loaded.dialects}, faults)

    def test_explaining_takes_no_longer(self, tmp_path: Path) -> None:
        """Telling how far a pattern got on an example ends too."""
        path = tmp_path / "own.toml"
        path.write_text(HEAD + pattern(RUNAWAY + "x") + example(BAIT, "'train/loss' = 1"))

        assert any("needs more than 50 ms" in fault for fault in explain_file(path))
