"""Where in a dialect's file a fault stands: the line of the key that its sentence names."""

from collections.abc import Iterator

import regex

TOLD = regex.compile(r"\(at line \d+, column \d+\)|\(at end of document\)")
"""What `tomllib` says itself."""
TABLE = regex.compile(r"(pattern|event|example) (?:'([^']*)'|(\d+))")
WORD = regex.compile(r"'((?:[^'\\]|\\.)+)'|([A-Za-z_][\w/-]*)")


def add_line(fault: str, name: str, text: str, first: int = 1) -> str:
    """A fault `NAME: ...` as `NAME, line N: ...`; itself where it tells its line, or has none.

    `first` is the line of the file that the text begins with.
    """
    if not fault.startswith(f"{name}: ") or TOLD.search(fault):
        return fault
    said = fault[len(name) + 2 :]
    return f"{name}, line {first + find_line(said, text.splitlines())}: {said}"


def find_line(said: str, lines: list[str]) -> int:
    """The line, counted from 0, of the first key that a sentence names in the table it names."""
    begin, end = _table_of(said, lines)
    for word in WORD.finditer(said):
        name = regex.escape(word[1] or word[2])
        key = regex.compile(rf"""(?:\s*|.*[{{,]\s*)["']?{name}["']?\s*=""")
        for at in range(begin, end):
            if key.match(lines[at]):
                return at
    return begin


def _table_of(said: str, lines: list[str]) -> tuple[int, int]:
    """The first line of the table that a sentence names, and the one behind its last."""
    named = TABLE.match(said)
    tables = list(_tables(named[1], lines)) if named else []
    if named and named[3] and int(named[3]) <= len(tables):
        return tables[int(named[3]) - 1]
    for begin, end in tables if named else ():
        own = regex.compile(rf"""\s*(?:name|kind)\s*=\s*["']{regex.escape(named[2] or "")}["']""")
        if any(own.match(line) for line in lines[begin:end]):
            return begin, end
    return (tables[0][0], len(lines)) if tables else (0, len(lines))


def _tables(kind: str, lines: list[str]) -> Iterator[tuple[int, int]]:
    """First line and end of each `[[kind]]`, or `[[dialect.kind]]`, in order."""
    head = regex.compile(rf"\s*\[\[\s*(?:dialect\.)?{kind}\s*\]\]")
    other = regex.compile(rf"\s*\[(?!\[?\s*(?:dialect\.)?{kind}\.)")
    for at, line in enumerate(lines):
        if head.match(line):
            ends = (end for end in range(at + 1, len(lines)) if other.match(lines[end]))
            yield at, next(ends, len(lines))
