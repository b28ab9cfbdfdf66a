"""What the checks of our own dialects found, kept beside them so that no start repeats them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import logwatch
from logwatch.parsing.authoring.examples import find_collisions
from logwatch.parsing.dialects.dialect import Dialect, EventPattern, Pattern
from logwatch.parsing.dialects.prefilter import Entrance, key_of
from logwatch.parsing.library import Library

PROVEN_NAME = "proven.json"
SOURCES = ("dialects/prefilter.py", "dialects/syntax.py")
"""What the entrances rest on beside the dialects themselves."""
Texts = Sequence[tuple[Path, bytes]]


@dataclass(frozen=True)
class Proven:
    """Dialects whose examples hold: the files, who reads whose examples, and all entrances."""

    paths: frozenset[Path] = frozenset()
    names: frozenset[str] = frozenset()
    claims: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    entrances: Mapping[str, Entrance] = field(default_factory=dict)


def read_proven(texts: Texts, folder: Path) -> Proven:
    """What is known of the dialects of a folder; nothing where a file is not as it was checked."""
    own = [(path, text) for path, text in texts if path.parent == folder]
    try:
        kept = json.loads((folder / PROVEN_NAME).read_bytes())
        if kept["digest"] != digest_of(own):
            return Proven()
        doors = {key: Entrance(tuple(held), tells) for key, held, tells in kept["entrances"]}
        claims = {(one, two): True for one, others in kept["claims"].items() for two in others}
        names = frozenset(kept["claims"])
        return Proven(frozenset(path for path, _ in own), names, claims, doors)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Proven()


def tell_proven(texts: Texts, dialects: Sequence[Dialect]) -> str:
    """The text of the file that `read_proven` reads, from dialects that were just checked."""
    found = find_collisions(dialects)
    library = Library(dialects)
    claims = {
        one.name: sorted(two for (who, two), reads in found.items() if reads and who == one.name)
        for one in sorted(dialects, key=lambda dialect: dialect.name)
    }
    told: list[Pattern | EventPattern] = [*library.patterns, *library.events]
    doors = {key_of(one): library.entrance(one) for one in told}
    lines = [json.dumps([key, door.literals, door.tells_digits]) for key, door in doors.items()]
    entrances = ",\n".join(sorted(lines))
    return (
        f'{{"digest": "{digest_of(texts)}",\n"claims": {json.dumps(claims)},\n'
        f'"entrances": [\n{entrances}\n]}}\n'
    )


def digest_of(texts: Texts) -> str:
    """A digest of files by name, and of the code that their entrances rest on."""
    digest = hashlib.sha256()
    for path, text in sorted((path.name, text) for path, text in texts):
        digest.update(path.encode() + b"\0" + text + b"\0")
    for name in SOURCES:
        digest.update((Path(logwatch.__file__).parent / "parsing" / name).read_bytes())
    return digest.hexdigest()
