"""Learning rates that are zero, and logs that say so while the loss falls."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import subject, wording
from logwatch.diagnosis.analysis.printed_lr import RATE
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import longest_run

MIN_ZEROS = 20
"""Logs in a row with lr 0 that no warmup and no loss scaler explains: a scaler that starts at 2**32
skips about 16 steps, and the scheduler waits meanwhile.
Source: Megatron-LM `--initial-loss-scale` 2**32; DeepSpeed skips the scheduler on overflow."""

ZERO_LOGS = 2
"""Logs that suffice where that many steps lie between the first and the last of them and no other
rate was ever logged: a warmup's first log may be 0, its second one is above."""

MIN_CONTRADICTION = 5
"""Zeros that suffice once the loss is seen to fall under them."""

END_SHARE = 0.05
"""Zeros at the end that are no more than this part of the logs are a decay's own end."""

CUT_LOGS, CUT_FACTOR, CUT_SHARE = 3, 2.0, 0.01
"""Logs at 0 that suffice where the rate was cut off: its last step down to 0 is more than so many
times the one before, and more than this part of the peak. A decay comes down step by step."""

MIDDLE_SHARE = 0.02
"""Zeros between positive rates, as part of the logs, that are more than a restart's touch of 0."""


@dataclass(frozen=True, slots=True)
class Zeros:
    """A stretch of samples whose lr is 0."""

    start: int
    end: int
    kind: str
    """`always`, `start`, `middle` or `end` of the series."""


@rule("lr-zero", "lr-contradiction", paced=True, steps=MIN_ZEROS, logs=MIN_CONTRADICTION)
def find_zero_rates(run: RunView, question: Question) -> Iterable[Finding]:
    """The learning rate is logged as 0: then nothing is trained, or the log shows another number.

    `lr-zero`: for too long, or in a whole epoch. `lr-contradiction`: while the loss falls, so the
    logged lr is not the lr in use.
    Values: `zeros` (samples with lr 0), `samples`, `first_step`, `last_step`.
    """
    rates = _rates(run)
    stretches = [found for view in rates if (found := _zeros(run, view)) is not None]
    if not rates or len(stretches) < len(rates):
        return
    view, zeros = rates[0], stretches[0]
    rounding = _rounding(view, zeros, question)
    loss = subject.train_loss(run)
    if zeros.kind == "always" and loss is not None and subject.falls(loss.finite()):
        if not rounding and len(view) >= question.limit("lr-contradiction", "logs"):
            yield _contradiction(view, loss.finite(), zeros)
        return
    if zeros.kind == "start" and _is_each_an_epoch(view):
        yield _first_epochs(run, view, zeros)
        return
    if _is_long(view, zeros, bool(rounding), question.limit("lr-zero", "steps")) and (
        zeros.kind == "always" or not rounding
    ):
        yield _zero(view, zeros, rounding)


def _is_long(view: SeriesView, zeros: Zeros, rounding: bool, least: float) -> bool:
    """Whether zeros lasted for two epochs, or for more steps than a loss scaler skips."""
    logs = zeros.end - zeros.start
    if _is_each_an_epoch(view):
        return logs >= ZERO_LOGS
    if zeros.kind in ("always", "end") and not rounding and logs >= ZERO_LOGS:
        return float(view.step[zeros.end - 1] - view.step[zeros.start]) >= least or logs >= least
    return logs >= least


def _is_each_an_epoch(view: SeriesView) -> bool:
    """Whether each sample stands for a whole epoch; a log may count parts of one, rounded."""
    return view.axis == "epoch" and bool((view.step == np.floor(view.step)).all())


def _rates(run: RunView) -> list[SeriesView]:
    """The overall rate, else one for each parameter group."""
    overall = run.get("lr")
    if overall is not None:
        return [overall]
    return [view for name, view in run.series.items() if name.startswith("lr/") and len(view)]


def _zeros(run: RunView, view: SeriesView) -> Zeros | None:
    """The longest stretch of zeros that is not a warmup's first or a decay's last."""
    zero = view.value == 0
    if not zero.any():
        return None
    start, end = longest_run(zero)
    count = len(view)
    if end - start == count:
        return Zeros(start, end, "always") if count > 1 else None
    if start == 0:
        whole_epochs = _is_each_an_epoch(view)
        return Zeros(start, end, "start") if whole_epochs or end >= MIN_ZEROS else None
    if end == count:
        few = CUT_LOGS if _is_cut_off(view, start) else 1 + max(3, int(END_SHARE * count))
        return Zeros(start, end, "end") if end - start >= few else None
    return Zeros(start, end, "middle") if end - start > max(3, MIDDLE_SHARE * count) else None


def _is_cut_off(view: SeriesView, start: int) -> bool:
    """Whether the rate fell to 0 at a sample all at once, not as the end of a decay."""
    last = float(view.value[start - 1])
    before = float(view.value[start - 2]) if start > 1 else last
    peak = float(np.nanmax(view.value))
    return last > max(CUT_SHARE * peak, CUT_FACTOR * (before - last))


def _rounding(view: SeriesView, zeros: Zeros, question: Question) -> str:
    """The number's text when its few fixed decimals may have rounded a small rate to 0, else empty.

    `0.00e+00` and `0.0` are 0; `0.0000` may stand for anything up to 0.00005.
    """
    found = RATE.search(question.read_line(int(view.offset[zeros.start])))
    text = found[1] if found else ""
    decimals = len(text.partition(".")[2])
    return text if decimals >= 2 and "e" not in text.lower() else ""


def _contradiction(view: SeriesView, loss: SeriesView, zeros: Zeros) -> Finding:
    first, last = float(loss.value[0]), float(loss.value[-1])
    return Finding(
        rule="lr-contradiction",
        severity=Severity.warning,
        title=(
            f"lr is logged as 0 on {wording.counted(len(view))} samples while {loss.name} falls"
            f" {wording.figure(first)} -> {wording.figure(last)}"
            f" ({wording.percent(last / first - 1)}): the logged lr is not the lr in use"
        ),
        detail=(
            "The log writes lr so that a small rate would not round to 0. Nothing can be learned at"
            " 0, so the number shown is not the optimizer's. A loss that is a running mean from"
            " before would refute it."
        ),
        remedy="Log optimizer.param_groups[i]['lr'] after scheduler.step().",
        metric=view.name,
        steps=wording.steps(view, zeros.start, zeros.end - 1),
        values=_values(view, zeros),
        evidence=tuple(
            dict.fromkeys((*wording.evidence(view, zeros.start), *wording.evidence(loss, 0, -1)))
        ),
    )


def _values(view: SeriesView, zeros: Zeros) -> dict[str, float]:
    return {
        "zeros": float(np.count_nonzero(view.value == 0)),
        "samples": float(len(view)),
        "first_step": float(view.step[zeros.start]),
        "last_step": float(view.step[zeros.end - 1]),
    }


def _zero(view: SeriesView, zeros: Zeros, rounding: str) -> Finding:
    over = zeros.kind in ("middle", "start")
    stretch = wording.between(view, zeros.start, zeros.end - 1)
    if rounding:
        severity, title = Severity.info, f"lr is printed as {rounding} in {stretch}: too few digits"
        detail = f"{rounding} may stand for a small rate. More digits would tell."
        remedy = "Print the lr in exponent form (%.2e)."
    else:
        severity = Severity.error if zeros.kind == "always" else Severity.warning
        title = f"lr is 0 in {stretch}, on {wording.counted(zeros.end - zeros.start)} samples"
        detail = _why_zero(zeros)
        remedy = "Check the schedule's length, and call scheduler.step() after optimizer.step()."
    return Finding(
        rule="lr-zero",
        severity=Severity.info if over else severity,
        title=title,
        detail=detail,
        remedy=remedy,
        metric=view.name,
        steps=wording.steps(view, zeros.start, zeros.end - 1),
        values=_values(view, zeros),
        evidence=wording.evidence(view, zeros.start, zeros.end - 1),
        active=not over,
    )


def _why_zero(zeros: Zeros) -> str:
    if zeros.kind == "end":
        return (
            "The schedule ended and the run goes on: these steps train nothing. A positive lr in "
            "the optimizer would refute it."
        )
    return (
        "Nothing is trained at a rate of 0. A loss that falls would refute it: then the logged lr "
        "is not the one in use."
    )


def _first_epochs(run: RunView, view: SeriesView, zeros: Zeros) -> Finding:
    """Epochs that began with lr 0: wasted if it stayed so, which still parameters prove."""
    still = _still(run, zeros)
    stretch = wording.between(view, zeros.start, zeros.end - 1)
    rest = len(view) - zeros.end
    words = (
        "The parameters did not move in it, so the whole epoch trained nothing."
        if still
        else (
            "If the schedule steps once an epoch, it trained nothing; if it steps every batch, "
            "only the first batch did not."
        )
    )
    return Finding(
        rule="lr-zero",
        severity=Severity.warning if still or zeros.end > 1 else Severity.info,
        title=f"{stretch} ran with lr 0: the warmup starts from zero",
        detail=f"lr is above 0 in the {rest} of {len(view)} {view.axis}s after it. {words}",
        remedy="Start the warmup at (epoch + 1) / warmup_epochs, or step it every batch.",
        metric=view.name,
        steps=wording.steps(view, zeros.start, zeros.end - 1),
        values=_values(view, zeros),
        evidence=wording.evidence(view, zeros.start, min(zeros.end, len(view) - 1)),
    )


def _still(run: RunView, zeros: Zeros) -> bool:
    moves = run.get("param_delta/max") or run.get("param_delta/median")
    return moves is not None and len(moves) >= zeros.end and not moves.value[: zeros.end].any()
