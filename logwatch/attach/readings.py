"""What a guest's readings mean: numbers of tensors become metrics of groups and modules.

The guest sends its numbers tensor by tensor, because what is worked out here costs the training
nothing. Norms are L2; a group's norm is that of all its tensors together. NaN and infinities are
counted and named, and left out of medians and maxima.
"""

import math
import statistics
from collections.abc import Callable, Iterable
from typing import Any

from logwatch.attach.tensors import Norms, Optimizer, read_optimizer, write_label

MAX_OPTIMIZERS = 64
"""Optimizers that are known by their tensors; a model that is split into layers has some tens."""

NAMED = 8
"""Tensors that are named where several have the same illness."""


class Readings:
    """Turns `tensors` and `reading` messages of a guest into `groups` and `values`."""

    def __init__(self) -> None:
        self._optimizers: dict[int, Optimizer] = {}

    def digest(self, message: dict[str, Any]) -> dict[str, Any]:
        """The message as the program uses it; those of other kinds as they are."""
        if message["kind"] == "tensors":
            return self._learn(message)
        if message["kind"] == "reading":
            number = message["optimizer"]
            if len(self._optimizers) < MAX_OPTIMIZERS:
                self._optimizers.setdefault(number, Optimizer())
            return Summary(self._optimizers.get(number, Optimizer()), message).write()
        return message

    def _learn(self, message: dict[str, Any]) -> dict[str, Any]:
        number = message["optimizer"]
        known = self._optimizers.pop(number, None)
        label = known.label if known else self._choose_label(number, message.get("variable"))
        if len(self._optimizers) < MAX_OPTIMIZERS:
            self._optimizers[number] = read_optimizer(label, message)
        groups = [
            {"name": name, "tensors": tensors, "params": params}
            for optimizer in self._optimizers.values()
            for name, (tensors, params) in zip(optimizer.groups, optimizer.sizes, strict=True)
        ]
        return {"kind": "groups", "groups": groups, "orphans": message.get("orphans")}

    def _choose_label(self, number: int, variable: Any) -> str:
        """Empty for the first, else the variable that its model is in, else its number."""
        if number == 0:
            return ""
        taken = {optimizer.label for optimizer in self._optimizers.values()}
        label = write_label(variable) if isinstance(variable, str) and variable else ""
        return label if label and label not in taken else f"optimizer{number + 1}"


def find_l2(norms: Iterable[float]) -> float:
    """L2 of what has these norms; NaN where one is NaN. No overflow below 1e308."""
    numbers = list(norms)
    return math.nan if any(map(math.isnan, numbers)) else math.hypot(*numbers)


def find_median(numbers: Iterable[float]) -> float | None:
    """The median of what is finite; None of nothing."""
    finite = [number for number in numbers if math.isfinite(number)]
    return statistics.median(finite) if finite else None


class Summary:
    """The metrics of one reading."""

    def __init__(self, optimizer: Optimizer, reading: dict[str, Any]) -> None:
        self.optimizer = optimizer
        self.reading = reading
        self.values: dict[str, float] = {}
        self.worst: dict[str, str] = {}
        self.word = f"{optimizer.label}_" if optimizer.label else ""
        self.suffix = f"/{optimizer.label}" if optimizer.label else ""

    def write(self) -> dict[str, Any]:
        """The `values` message."""
        self.add_rates()
        self.add_loss()
        self.add_gradients()
        self.add_weights()
        self.add_changes()
        self.add_times()
        reading = self.reading
        head = {key: reading.get(key) for key in ("step", "time", "counted")}
        return {"kind": "values", **head, "values": self.values, "worst": self.worst}

    def norms(self, tag: str) -> Norms:
        listed = self.reading.get(tag) or []
        return {row: norm for row, norm in enumerate(listed) if norm is not None}

    def factor(self, tag: str) -> float:
        """What a GradScaler multiplied with; 1 without one."""
        numbers = self.reading.get(tag) or [1.0]
        return numbers[0] or 1.0

    def add_rates(self) -> None:
        groups = self.optimizer.groups
        for place, rate in self.norms("rates").items():
            self.values["lr/" + (groups[place] if place < len(groups) else str(place))] = rate

    def add_loss(self) -> None:
        """The sum of the backward calls of the step: the optimizer gets that sum's gradient."""
        losses = list(self.norms("losses").values())
        if not losses:
            return
        self.values[f"train/{self.word}loss"] = sum(losses) / self.factor("scale")
        self.values["nonfinite/loss" + self.suffix] = sum(not math.isfinite(x) for x in losses)

    def add_gradients(self) -> None:
        scale = self.factor("grad_scale")
        norms = {row: norm / scale for row, norm in self.norms("gradients").items()}
        if not norms:
            return
        name = f"train/{self.word}grad_norm"
        self.values[name] = find_l2(norms.values())
        bad = [row for row, norm in norms.items() if not math.isfinite(norm)]
        self.count_tensors("nonfinite/grad", bad)
        self.worst[name] = self.optimizer.name(bad[0] if bad else max(norms, key=norms.__getitem__))
        self.spread("grad_norm/", norms)

    def add_weights(self) -> None:
        exact = self.norms("weights")
        self.optimizer.weights.update(exact)
        for group, norms in self.gather(self.optimizer.group, exact).items():
            self.values[f"param_norm/{group}"] = find_l2(norms.values())

    def add_changes(self) -> None:
        deltas, sampled = self.norms("deltas"), self.norms("sampled")
        if not deltas:
            return
        read = [*sampled.items(), *self.norms("weights").items()]
        bad = sorted({row for row, norm in read if not math.isfinite(norm)})
        self.count_tensors("nonfinite/param", bad)
        gradless = list(self.reading.get("gradless") or [])
        unmoved = [row for row, delta in deltas.items() if delta == 0]
        self.count_tensors("unmoved_tensors", sorted(unmoved, key=lambda row: row in gradless))
        self.count_tensors("gradless_tensors", gradless)
        self.add_deltas(deltas)
        weights = {row: self.optimizer.weights.get(row, sampled.get(row, 0.0)) for row in deltas}
        self.add_ratios(deltas, weights)

    def add_deltas(self, deltas: Norms) -> None:
        finite = {row: delta for row, delta in deltas.items() if math.isfinite(delta)}
        if finite:
            worst = max(finite, key=finite.__getitem__)
            self.values["param_delta/median" + self.suffix] = statistics.median(finite.values())
            self.values["param_delta/max" + self.suffix] = finite[worst]
            self.worst["param_delta/max" + self.suffix] = self.optimizer.name(worst)
        self.spread("param_delta/", deltas)

    def add_ratios(self, deltas: Norms, weights: Norms) -> None:
        middle = find_median(delta / weights[row] for row, delta in deltas.items() if weights[row])
        if middle is not None:
            self.values["update_ratio/median" + self.suffix] = middle
        for group, part in self.gather(self.optimizer.group, deltas).items():
            whole = find_l2(weights[row] for row in part)
            if whole > 0:
                self.values[f"update_ratio/{group}"] = find_l2(part.values()) / whole

    def add_times(self) -> None:
        total, number, longest = self.reading["times"]
        if number:
            self.values["step_time" + self.suffix] = total / number
            self.values["step_time/max" + self.suffix] = longest
        if self.reading.get("skipped") is not None:
            self.values["skipped_steps" + self.suffix] = self.reading["skipped"]

    def gather(self, label: Callable[[int], str | None], norms: Norms) -> dict[str, Norms]:
        parts: dict[str, Norms] = {}
        for row, norm in norms.items():
            part = label(row)
            if part is not None:
                parts.setdefault(part, {})[row] = norm
        return parts

    def spread(self, start: str, norms: Norms) -> None:
        """L2 of each top module, and of each group where there are several."""
        parts = self.gather(self.optimizer.top, norms)
        if len(self.optimizer.groups) > 1:
            parts |= self.gather(self.optimizer.group, norms)
        for part, items in parts.items():
            self.values[start + part] = find_l2(items.values())

    def count_tensors(self, name: str, rows: list[int]) -> None:
        self.values[name + self.suffix] = len(rows)
        if rows:
            names = [self.optimizer.name(row) for row in rows[:NAMED]]
            more = ["..."] if len(rows) > NAMED else []
            self.worst[name + self.suffix] = ", ".join(names + more)
