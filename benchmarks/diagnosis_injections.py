"""Illnesses put into healthy real curves, seeded: what is logged, since when, what must be said."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from real_curves import Curve, Floats

from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

LINE_BYTES = 100

COUNTS_EPOCHS = "DeepDiagnosis"
"""The source whose samples are epochs: Keras writes a line an epoch into its log.csv."""


@dataclass(frozen=True)
class Case:
    """A run with an illness: (n,) series at the same (n,) steps, ill from sample `onset` on.

    `wanted` are the rules of which one must speak; `told` says that a remark suffices.
    """

    kind: str
    curve: Curve
    series: dict[str, Floats]
    onset: int
    wanted: tuple[str, ...]
    told: bool = False

    def __len__(self) -> int:
        return len(self.curve.step)

    @property
    def loss(self) -> Floats:
        """(n,) what an anchor sees."""
        return self.series["train/loss"]

    def view(self, count: int) -> RunView:
        """The run after its first `count` samples."""
        axis = "epoch" if self.curve.source.startswith(COUNTS_EPOCHS) else "step"
        step = self.curve.step[:count]
        unknown = np.broadcast_to(np.float64(np.nan), count)
        line = np.arange(1, count + 1) * len(self.series)
        views = {}
        for number, (name, value) in enumerate(self.series.items()):
            at = line + number
            views[name] = SeriesView(
                name, axis, value[:count], step, unknown, unknown, at, at * LINE_BYTES
            )
        return RunView(views, lines=int(line[-1]) if count else 0)


Injection = Callable[[Curve, np.random.Generator], Case]


def _onset(curve: Curve, rng: np.random.Generator) -> tuple[int, Floats]:
    """Where it begins, 30 to 70 % into the run, and (n,) parts of the run since then."""
    count = len(curve.step)
    start = int(rng.uniform(0.3, 0.7) * count)
    return start, (np.arange(count) - start) / count


def _noise(curve: Curve, rng: np.random.Generator) -> Floats:
    """(n,) the curve's own relative noise about its level in the later half, in another order."""
    count = len(curve.step)
    late = np.diff(np.log(np.maximum(curve.value[count // 2 :], 1e-9))) / np.sqrt(2)
    return np.asarray(np.exp(rng.choice(late - late.mean(), count)))


def slow_divergence(curve: Curve, rng: np.random.Generator) -> Case:
    """Up by half within a tenth of the run, to 1.75 times its level."""
    start, since = _onset(curve, rng)
    factor = 1 + np.clip(5 * since, 0, 0.75)
    return Case("slow divergence", curve, {"train/loss": curve.value * factor}, start, RISING)


def fast_divergence(curve: Curve, rng: np.random.Generator) -> Case:
    """To 2.5 times its level within a fiftieth of the run."""
    start, since = _onset(curve, rng)
    factor = 1 + np.clip(75 * since, 0, 1.5)
    return Case("fast divergence", curve, {"train/loss": curve.value * factor}, start, RISING)


def lasting_spike(curve: Curve, rng: np.random.Generator) -> Case:
    """Doubled at one step, then at 1.4 times its level from 3 % of the run later on."""
    start, since = _onset(curve, rng)
    factor = np.where(since >= 0, 1.4 + 0.6 * np.exp(-100 * np.maximum(since, 0)), 1.0)
    return Case("spike, not recovered", curve, {"train/loss": curve.value * factor}, start, RISING)


def passing_spike(curve: Curve, rng: np.random.Generator) -> Case:
    """Doubled at one step and well again within 3 % of the run: nothing to be alarmed by."""
    start, since = _onset(curve, rng)
    factor = np.where(since >= 0, 1 + np.exp(-100 * np.maximum(since, 0)), 1.0)
    series = {"train/loss": curve.value * factor}
    return Case("spike, recovered", curve, series, start, ("loss-spike", "loss-rising"), told=True)


def stuck(curve: Curve, rng: np.random.Generator) -> Case:
    """Level from the first sample to the last, with the curve's own noise."""
    series = {"train/loss": curve.value[0] * _noise(curve, rng)}
    return Case("stuck from the start", curve, series, 0, ("flat-loss",))


def plateau(curve: Curve, rng: np.random.Generator) -> Case:
    """Learns, then stays at its level; the learning rate is as high as ever."""
    start, since = _onset(curve, rng)
    level = float(np.median(curve.value[max(0, start - 5) : start + 1]))
    loss = np.where(since >= 0, level * _noise(curve, rng), curve.value)
    series = {"train/loss": loss, "lr": np.full(len(loss), 3e-4)}
    return Case("plateau", curve, series, start, ("plateau",), told=True)


def becomes_nan(curve: Curve, rng: np.random.Generator) -> Case:
    """NaN from one sample on."""
    start, since = _onset(curve, rng)
    series = {"train/loss": np.where(since >= 0, np.nan, curve.value)}
    return Case("NaN", curve, series, start, ("non-finite",))


def zero_rate(curve: Curve, rng: np.random.Generator) -> Case:
    """A learning rate of 0 throughout, and a loss that stays."""
    loss = curve.value[0] * _noise(curve, rng)
    series = {"train/loss": loss, "lr": np.zeros(len(loss))}
    return Case("lr zero", curve, series, 0, ("lr-zero",))


def frozen(curve: Curve, rng: np.random.Generator) -> Case:
    """Parameters that stop moving, and a loss that stays with them."""
    start, since = _onset(curve, rng)
    level = float(np.median(curve.value[max(0, start - 5) : start + 1]))
    loss = np.where(since >= 0, level * _noise(curve, rng), curve.value)
    moves = np.where(since >= 0, 0.0, 1e-3 * np.exp(rng.normal(0, 0.2, len(loss))))
    series = {"train/loss": loss, "param_delta/max": moves}
    return Case("frozen parameters", curve, series, start, ("frozen-parameters",))


def repeated_eval(curve: Curve, rng: np.random.Generator) -> Case:
    """Evaluations that give the same number to the last digit from one on."""
    start, since = _onset(curve, rng)
    held = np.where(since >= 0, curve.value[start] * 1.1, curve.value * 1.1)
    series = {"train/loss": curve.value, "eval/loss": held}
    return Case("repeated eval", curve, series, start, ("repeated-eval",))


def task_flat(curve: Curve, rng: np.random.Generator) -> Case:
    """Four tasks made of the curve; one of them stays at its first level."""
    scales = {"a": 1.0, "b": 3.0, "c": 0.5}
    tasks = {f"train/task_{name}_loss": scale * curve.value for name, scale in scales.items()}
    tasks["train/task_d_loss"] = 16.0 * _noise(curve, rng)
    return Case(
        "one task flat", curve, {"train/loss": sum(tasks.values()), **tasks}, 0,
        ("task-not-learning",),
    )  # fmt: skip


def imbalance(curve: Curve, rng: np.random.Generator) -> Case:
    """A component that comes to outweigh the others: it grows tenfold while they fall."""
    start, since = _onset(curve, rng)
    heavy = curve.value * 0.5 * np.where(since >= 0, np.minimum(1 + 100 * since, 10), 1)
    parts = {
        "train/lm_loss": curve.value,
        "train/kd_loss": heavy,
        "train/align_loss": 0.3 * curve.value,
    }
    series = {"train/loss": sum(parts.values()), **parts}
    return Case("component imbalance", curve, series, start, ("component-dominates",), told=True)


def slow_steps(curve: Curve, rng: np.random.Generator) -> Case:
    """Throughput that falls by 40 %, with a pause at each twentieth sample for a checkpoint."""
    start, since = _onset(curve, rng)
    speed = 1000 * np.exp(rng.normal(0, 0.03, len(since))) * np.where(since >= 0, 0.6, 1.0)
    speed[::20] *= 0.3
    series = {"train/loss": curve.value, "tokens_per_s": speed}
    return Case("throughput drop", curve, series, start, ("slower-steps",), told=True)


def oscillation(curve: Curve, rng: np.random.Generator) -> Case:
    """A level that stays and is crossed up and down by a quarter at each log."""
    start, since = _onset(curve, rng)
    level = float(np.median(curve.value[max(0, start - 5) : start + 1]))
    swing = np.where(np.arange(len(since)) % 2, 1.25, 0.75)
    loss = np.where(since >= 0, level * swing * _noise(curve, rng), curve.value)
    return Case("oscillation", curve, {"train/loss": loss}, start, ("oscillating-loss",), told=True)


def doubling(curve: Curve, rng: np.random.Generator) -> Case:
    """To twice its level within three tenths of the run."""
    start, since = _onset(curve, rng)
    loss = curve.value * (1 + np.clip(since / 0.3, 0, 1))
    return Case("slow divergence", curve, {"train/loss": loss}, start, RISING)


def trebling(curve: Curve, rng: np.random.Generator) -> Case:
    """To three times its level within a fiftieth of the run."""
    start, since = _onset(curve, rng)
    loss = curve.value * (1 + 2 * np.clip(since / 0.02, 0, 1))
    return Case("fast divergence", curve, {"train/loss": loss}, start, RISING)


def settling_spike(curve: Curve, rng: np.random.Generator) -> Case:
    """At 2.25 times its level at one step, then at 1.35 times."""
    start, since = _onset(curve, rng)
    factor = np.where(since >= 0, 1.35 + 0.9 * np.exp(-100 * np.maximum(since, 0)), 1.0)
    series = {"train/loss": curve.value * factor}
    return Case("spike, not recovered", curve, series, start, RISING)


def overfit(curve: Curve, rng: np.random.Generator) -> Case:
    """An evaluation that is half again as high as training by the end of the run."""
    start, since = _onset(curve, rng)
    held = curve.value * (1 + 0.5 * np.clip(since / max(float(since[-1]), 1e-9), 0, 1))
    series = {"train/loss": curve.value, "eval/loss": held}
    return Case("overfitting", curve, series, start, ("overfitting", "loss-rising"))


def rate_cut(curve: Curve, rng: np.random.Generator) -> Case:
    """A learning rate that is 0 from one sample on, and a loss that stays."""
    start, since = _onset(curve, rng)
    level = float(np.median(curve.value[max(0, start - 5) : start + 1]))
    loss = np.where(since >= 0, level * _noise(curve, rng), curve.value)
    series = {"train/loss": loss, "lr": np.where(since >= 0, 0.0, 3e-4)}
    return Case("lr zero from a step on", curve, series, start, ("lr-zero",))


RISING = ("loss-rising", "loss-spike")
NOISY_INJECTIONS: tuple[Injection, ...] = (
    stuck, doubling, trebling, settling_spike, overfit, rate_cut,
)  # fmt: skip
"""Illnesses that are put into curves of each class of noise."""

INJECTIONS: tuple[Injection, ...] = (
    slow_divergence, fast_divergence, lasting_spike, passing_spike, stuck, plateau, becomes_nan,
    zero_rate, frozen, repeated_eval, task_flat, imbalance, slow_steps, oscillation,
)  # fmt: skip
"""All illnesses, in the order of the tables."""


def make_cases(inject: Injection, curves: list[Curve]) -> list[Case]:
    """The illness in each curve; the seed is the curve's number."""
    return [inject(curve, np.random.default_rng(number)) for number, curve in enumerate(curves)]
