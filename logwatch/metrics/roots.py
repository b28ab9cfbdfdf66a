"""Names of series that stand for one another."""

from collections.abc import Mapping

from logwatch.parsing.record import ESTIMATE

OTHER = "_other"
"""What the name ends with of the fewer samples, where estimates are the loss of the run."""


def choose_names(counts: Mapping[str, int]) -> dict[str, str]:
    """The names under which series are shown, by the names under which they are kept.

    `counts` are samples by name. An estimate is shown under the plain name where there are more of
    it than of the plain series, which is then a stray: the finest series is the run's.
    """
    shown = {name: name for name in counts}
    for name, count in counts.items():
        plain = name.removesuffix(ESTIMATE)
        if plain == name or counts.get(plain, 0) >= count:
            continue
        shown[name] = plain
        if plain in counts:
            shown[plain] = plain + OTHER
    return shown
