"""The entries: each takes any bytes and raises only what its docstring names."""

import contextlib
import io
import json
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from logwatch.attach.messages import LINE_LIMIT, read_message, write_message
from logwatch.attach.readings import Readings
from logwatch.cli import main
from logwatch.diagnosis.config import ConfigError, parse_config
from logwatch.metrics.probed import Probed
from logwatch.parsing.dialects.dialect import DialectError
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.library_data import data_from, library_from
from logwatch.parsing.matching.literal import find_objects
from logwatch.parsing.matching.prefix import peel_prefix
from logwatch.parsing.sanitize import UNWANTED, clean_text, read_text
from logwatch.session import Session
from logwatch.sources.config_files import thresholds
from logwatch.sources.dialects.beside import parse_dialects
from logwatch.sources.dialects.load import load_library, parse_dialect
from logwatch.sources.probe.recording import Recorder
from logwatch.sources.source import SourceError

Target = Callable[[bytes], object]

BROKEN_DATA = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What `library_from` may raise."""


@lru_cache(1)
def known_library() -> Library:
    """All dialects that come with logwatch."""
    return load_library()[0]


def read_lines(data: bytes) -> None:
    """A log in two pieces, cut where its first byte says, with its verdict."""
    session = Session(known_library())
    cut = data[0] if data else 0
    session.feed(data[:cut])
    session.feed(data[cut:])
    session.finish()
    _ = session.update(3600.0).verdict
    _ = session.update(None).verdict


def read_shapes(data: bytes) -> None:
    """The same lines three times with other digits: shapes that come again."""
    extractor = Extractor(known_library())
    other = data.translate(bytes.maketrans(b"0123456789", b"1234567890"))
    extractor.feed(b"\n".join((data, other, data, b"")))
    extractor.finish()


def sanitize(data: bytes) -> None:
    """A line, cleaned: no control is left, and each character has its byte."""
    text = read_text(data)
    assert not UNWANTED.search(clean_text(data))
    assert not UNWANTED.search(text.text)
    places = [text.byte(index) for index in range(len(text.text))]
    assert places == sorted(places)
    assert all(0 <= place < len(data) for place in places)


def read_literals(data: bytes) -> None:
    """The objects of a line lie within it, one behind the other."""
    text = read_text(data).text
    end = 0
    for items, opens, closes in find_objects(text, 0, len(text)):
        assert end <= opens < closes <= len(text)
        assert all(opens <= item.start <= item.end <= closes for item in items)
        end = closes


def peel(data: bytes) -> None:
    """A prefix lies within its line, with labels and without."""
    line = read_text(data)
    for labelled in (False, True):
        prefix = peel_prefix(line, labelled)
        assert 0 <= prefix.end <= len(line.text)


def load_dialect(data: bytes) -> None:
    """A dialect of a user, and one in a `logwatch.toml`."""
    with contextlib.suppress(DialectError):
        parse_dialect(Path("fuzzed.toml"), data)
    with contextlib.suppress(SourceError, UnicodeDecodeError):
        parse_dialects.__wrapped__(data.decode(), "logwatch.toml")


def load_config(data: bytes) -> None:
    """The context beside a log."""
    with contextlib.suppress(ConfigError, UnicodeDecodeError):
        parse_config(data.decode(), "logwatch.toml", thresholds())


def read_recording(data: bytes) -> None:
    """What a file says that calls itself a recording of a probe."""
    probed = Probed(known_library())
    cut = data[0] if data else 0
    probed.feed(data[:cut], 0, 1)
    probed.feed(data[cut:], cut, 2)
    probed.note_step(3.0)
    probed.join(Session(known_library()).view())


def take_messages(data: bytes) -> None:
    """What a hostile guest says: what is recorded of it is JSON without controls."""
    readings, recorder = Readings(), Recorder(1.0)
    for line in data.split(b"\n"):
        message = read_message(line[:LINE_LIMIT])
        if message is None:
            continue
        write_message(message)
        for recorded in recorder.write(readings.digest(message)).splitlines():
            assert recorded.isascii()
            assert not UNWANTED.search(str(json.loads(recorded)))


def run_words(data: bytes) -> None:
    """Words of a command line, in a folder with one log; no word may start what never ends."""
    words = [os.fsdecode(word) for word in data.replace(b"\0", b" ").split(b"\n")][:6]
    words = [word for word in words if not UNSAFE.search(word)]
    if not words or words[0] in OPEN_ENDED:
        words = [*words, "--help"]
    with _folder_with_a_log(), _no_output():
        assert main(words) in (0, 1, 2, 3)


UNSAFE = re.compile(r"/|\.\.|^-$|pid|^\d+$|^--?f(?:ollow)?\b")
"""Words that lead out of the folder, to standard input, to a process, or to a log that grows."""

OPEN_ENDED = ("attach", "watch", "demo")
"""Commands that go on until somebody ends them."""


def load_cache(data: bytes) -> None:
    """A cache that somebody changed: it gives a library or raises what the reader catches."""
    try:
        library = library_from(json.loads(data))
    except (*BROKEN_DATA, RecursionError):
        return
    with contextlib.suppress(*BROKEN_DATA, RecursionError):
        data_from(library)


@contextlib.contextmanager
def _folder_with_a_log() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("a.log").write_text("step 1: loss 2.0\nstep 2: loss 1.9\n")
        yield


@contextlib.contextmanager
def _no_output() -> Iterator[None]:
    """Nothing is shown, and a fault of logwatch itself is raised with its traceback."""
    out = io.StringIO()
    os.environ["LOGWATCH_DEBUG"] = "1"
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
            warnings.catch_warnings(),
        ):
            yield
    finally:
        del os.environ["LOGWATCH_DEBUG"]


TARGETS: dict[str, Target] = {
    "lines": read_lines,
    "shapes": read_shapes,
    "sanitize": sanitize,
    "literals": read_literals,
    "prefix": peel,
    "dialect": load_dialect,
    "config": load_config,
    "recording": read_recording,
    "messages": take_messages,
    "words": run_words,
    "cache": load_cache,
}
