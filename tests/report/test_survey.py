"""A first dialect is made of what a person would teach: lines of training, not of tracebacks."""

from pathlib import Path

import pytest

from logwatch.parsing.library import Library
from logwatch.report.survey import sketch_target
from logwatch.sources.dialects.load import check_library
from logwatch.sources.source import SourceError
from logwatch.sources.targets import Target

NOISE = '  File "/x/y/m.py", line {n}, in forward\n/x/y/z.py:{n}: UserWarning: step {n}\nseed {n}\n'
UNKNOWN = "<{n}> objective {n}.5 of loss {n}.25 at {n} samples/s\n"


def sketch(tmp_path: Path, library: Library, line: str, count: int = 9) -> str:
    """The sketch of a log of noise and so many lines."""
    path = tmp_path / "odd.log"
    path.write_text("".join((NOISE * 3 + line).format(n=n) for n in range(count)))
    return sketch_target(Target(str(path), path), library)


def test_lines_of_training_come_first(tmp_path: Path, library: Library) -> None:
    """What names a loss is taught, and not the frequent lines that do not; it proves itself."""
    text = sketch(tmp_path, library, UNKNOWN)
    made, faults = check_library([(tmp_path / "odd.toml", text.encode())])

    assert ((), 1) == (faults, text.count("[[pattern]]"))
    assert ["odd"] == [dialect.name for dialect in made.dialects]


def test_other_lines_where_none_names_a_loss(tmp_path: Path, library: Library) -> None:
    """A program may count something that no list of words knows; tracebacks are no such thing."""
    text = sketch(tmp_path, library, "")

    assert "seed" in text
    assert "File" not in text and "UserWarning" not in text


def test_nothing_to_teach(tmp_path: Path, library: Library) -> None:
    """Where every line that comes again is read, that is said, with the dialects that read it."""
    path = tmp_path / "known.log"
    path.write_text("".join(f"iter {n}: loss {n}.5, time 5.1ms, mfu 1.12%\n" for n in range(9)))
    with pytest.raises(SourceError, match=r"no line with numbers .* others: nanogpt"):
        sketch_target(Target(str(path), path), library)
