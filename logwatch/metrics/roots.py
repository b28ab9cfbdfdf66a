"""Which of several series of one quantity has the plain name."""

from collections.abc import Mapping

from logwatch.parsing.record import MEAN

SHOWN_MEAN = "_mean"
"""What the name of a mean ends with beside finer samples of the quantity."""
OTHER = "_other"
"""What the name ends with of the fewer samples, where the mean is the quantity of the run."""


def choose_names(counts: Mapping[str, int]) -> dict[str, str]:
    """The names under which series are shown, by the names under which they are kept.

    `counts` are samples by name. A mean is shown under the plain name where there are more of it
    than of the plain series, which is then a stray: the finest series is the run's.
    """
    shown = {name: name for name in counts}
    for name, count in counts.items():
        plain = name.removesuffix(MEAN)
        if plain == name:
            continue
        if counts.get(plain, 0) >= count:
            shown[name] = _free(plain + SHOWN_MEAN, counts)
            continue
        shown[name] = plain
        if plain in counts:
            shown[plain] = _free(plain + OTHER, counts)
    return shown


def _free(name: str, taken: Mapping[str, int]) -> str:
    """The name, or one like it that the log does not use."""
    return _free(name + "_", taken) if name in taken else name
