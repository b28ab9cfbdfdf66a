"""The plain way to read a log, line by line, that reading by shape must equal."""

from logwatch.parsing.library import Library
from logwatch.parsing.lines import Stretch
from logwatch.parsing.matching.plan import Planner
from logwatch.parsing.matching.reading import MatchedLines, numbers_of
from logwatch.parsing.values import read_number

Figure = tuple[int, str, str, str, str]


def read_line_by_line(library: Library, stretch: Stretch) -> list[Figure]:
    """Every figure of a stretch: segment, dialect, pattern, name, exact value; blocks left out."""
    planner = Planner(library)
    figures: list[Figure] = []
    for row in range(len(stretch)):
        line = stretch.segment(row)
        for claim in planner.plan(line).claims if line else ():
            names = [*(name for name, _ in claim.axes), *(m.name for m in claim.metrics)]
            for name, number in zip(names, numbers_of(claim), strict=True):
                value = read_number(number, line).hex()
                figures.append((row, claim.pattern.dialect, claim.pattern.name, name, value))
    return sorted(figures)


def figures_of(readings: list[MatchedLines]) -> list[Figure]:
    """The same figures of readings by shape; rows of blocks and what prefixes say left out."""
    figures: list[Figure] = []
    for reading in readings:
        columns = {**reading.axes, **reading.metrics}
        for name, values in columns.items():
            if name in ("time", "rank") or reading.is_row:
                continue
            for row, value in zip(reading.rows.tolist(), values.tolist(), strict=True):
                who = reading.pattern
                figures.append((row, who.dialect, who.name, name, float(value).hex()))
    return sorted(figures)
