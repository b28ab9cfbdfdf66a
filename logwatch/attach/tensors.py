"""What the tensors of an optimizer are called: parameter groups, top modules, their labels."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

TOPS = 32
"""Top modules that get metrics of their own: more do not fit a screen."""

Norms = dict[int, float]
"""L2 by row; a row is the place of a tensor in its optimizer."""


@dataclass
class Optimizer:
    """What the guest has said of one optimizer.

    `label` is empty for the first optimizer of a process; the metrics of others carry theirs.
    """

    label: str = ""
    groups: list[str] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    tops: list[str | None] = field(default_factory=list)
    weights: Norms = field(default_factory=dict)

    def name(self, row: int) -> str:
        return self.names[row] if row < len(self.names) else f"tensor {row}"

    def group(self, row: int) -> str:
        place = self.places[row] if row < len(self.places) else 0
        return self.groups[place] if place < len(self.groups) else str(place)

    def top(self, row: int) -> str | None:
        return self.tops[row] if row < len(self.tops) else None


def read_optimizer(label: str, message: dict[str, Any]) -> Optimizer:
    """Names of the groups, tensors and top modules of one optimizer."""
    places = [int(place) for place, *_ in message["tensors"]]
    known = {row: name for row, (_, name, *_) in enumerate(message["tensors"])}
    known = {row: name for row, name in known.items() if name and isinstance(name, str)}
    tops = split_tops(known)
    own = [name if isinstance(name, str) else None for name in message["groups"]]
    groups = name_groups(own, places, tops, label)
    prefix = f"{label}." if label else ""
    counts: list[list[int]] = [[] for _ in own]
    for place, _, _, size in message["tensors"]:
        if place < len(own):
            counts[place].append(size)
    return Optimizer(
        label=label,
        groups=groups,
        sizes=[(len(sizes), sum(sizes)) for sizes in counts],
        places=places,
        names=[
            str(name or f"group{place}.param{row} ({shape})")
            for row, (place, name, shape, _) in enumerate(message["tensors"])
        ],
        tops=[
            write_label(prefix + tops[row]) if row in tops else None for row in range(len(places))
        ],
    )


def split_tops(names: dict[int, str]) -> dict[int, str]:
    """The top module of each tensor; where all are in one, the modules within that one.

    Empty where there is nothing to tell apart, or more than TOPS.
    """
    paths = {row: name.split(".")[:-1] or [name] for row, name in names.items()}
    for level in range(max(map(len, paths.values()), default=0)):
        tops = {row: path[level] if level < len(path) else path[-1] for row, path in paths.items()}
        if len(set(tops.values())) > 1:
            return tops if len(set(tops.values())) <= TOPS else {}
    return {}


def name_groups(
    own: list[str | None], places: list[int], tops: dict[int, str], label: str
) -> list[str]:
    """Labels of the parameter groups: their own name, else their one top module, else a number."""
    labels = []
    found: list[set[str | None]] = [set() for _ in own]
    for row, place in enumerate(places):
        if place < len(own):
            found[place].add(tops.get(row))
    for index, name in enumerate(own):
        inside = found[index]
        alone = inside.pop() if len(inside) == 1 else None
        text = name or alone or (label if label and len(own) == 1 else str(index))
        labels.append(write_label(f"{label}.{text}" if label and text != label else text))
    times = Counter(labels)
    return [f"{t}.{i}" if times[t] > 1 else t for i, t in enumerate(labels)]


def write_label(text: str) -> str:
    """A word that can stand in a metric's name and in a `key=value` line."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in text)[:60]
