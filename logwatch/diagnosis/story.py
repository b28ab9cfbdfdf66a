"""Findings of one cause told as one story: the cause first, what follows from it right after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from logwatch.diagnosis.finding import Finding

Order = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Link:
    """One finding explains another: names of both, and the sentence that says how.

    `holds` looks at cause and effect where their names alone do not tell.
    """

    cause: str
    effect: str
    sentence: str
    holds: Callable[[Finding, Finding], bool] = lambda cause, effect: True


def _no_rate_at_all(cause: Finding, effect: Finding) -> bool:
    """Whether the lr was never above zero: else it is not the whole cause of frozen parameters."""
    return effect.values.get("rates_above_zero") == 0


def _is_before(cause: Finding, effect: Finding) -> bool:
    if cause.steps is None or effect.steps is None:
        return True
    return not cause.steps[0] > effect.steps[-1]


BEGINNING = 0.25
"""Part of an effect's stretch in which its cause must have begun to have begun it."""


def _begins(cause: Finding, effect: Finding) -> bool:
    """Whether a lasting cause lies at the beginning of its effect."""
    if not cause.active or cause.steps is None or effect.steps is None:
        return cause.active
    start, end = effect.steps
    return start <= cause.steps[-1] and cause.steps[0] <= start + BEGINNING * (end - start)


LINKS = (
    Link(
        "lr-zero", "frozen-parameters", "It follows from the learning rate of 0.", _no_rate_at_all
    ),
    Link("frozen-parameters", "repeated-eval", "It follows from parameters that do not move."),
    Link("frozen-parameters", "flat-loss", "It follows from parameters that do not move."),
    Link("no-gradients", "frozen-parameters", "No gradient reaches what the optimizer holds."),
    Link("no-gradients", "flat-loss", "No gradient reaches what the optimizer holds."),
    Link("vanishing-gradients", "flat-loss", "Next to no gradient reaches a part of the model."),
    Link("non-finite-tensors", "non-finite", "These tensors were so before.", _is_before),
    Link("exploding-gradients", "grad-norm-surge", "This part's gradient leads it."),
    Link("exploding-gradients", "loss-spike", "The gradient exploded.", _is_before),
    Link("exploding-gradients", "loss-rising", "The gradient exploded.", _is_before),
    Link("starved-head", "task-not-learning", "Its head gets little of the gradient."),
    Link("skipped-steps", "flat-loss", "It follows from steps that are skipped."),
    Link("lr-zero", "flat-loss", "It follows from the learning rate of 0."),
    Link("lr-zero", "repeated-eval", "It follows from the learning rate of 0."),
    Link("lr-zero", "plateau", "It follows from the learning rate of 0."),
    Link("loss-scale-overflow", "flat-loss", "It follows from steps that are skipped."),
    Link("flat-loss", "chance-level", "It is what a loss that does not move means here."),
    Link("weights-reinitialised", "reconvergence", "The loss is high because weights begin anew."),
    Link("weights-reinitialised", "high-initial-loss", "Weights that begin anew explain it."),
    Link("weights-reinitialised", "resume-jump", "Weights that begin anew explain it."),
    Link("resume-jump", "reconvergence", "The loss jumped when the run was resumed."),
    Link("grad-norm-surge", "loss-spike", "The gradient norm rose first.", _is_before),
    Link("grad-norm-surge", "loss-rising", "The gradient norm rose first.", _is_before),
    Link("loss-spike", "loss-rising", "It began with the spike.", _begins),
    Link("loss-rising", "non-finite", "The loss rose before it.", _is_before),
    Link("kl-high", "perplexity-explosion", "The student is far from its teacher."),
    Link("hidden-component", "train-eval-gap", "A part that is not printed explains it."),
    Link("out-of-memory", "crashed", "It ran out of memory first."),
    Link("crashed", "nccl-timeout", "Ranks wait in vain for one that has crashed."),
    Link("nccl-timeout", "stalled", "Ranks wait for one another."),
    Link("slower-steps", "out-of-time", "Steps take longer than they did."),
    Link("component-dominates", "task-not-learning", "Another component outweighs it."),
)
"""For each effect the nearest cause comes first."""


def tell_stories(findings: Sequence[Finding], order: Callable[[Finding], Order]) -> list[Finding]:
    """The findings with their causes named, each story as early as what is worst in it."""
    told = [_explain(finding, findings) for finding in findings]
    causes = {finding.rule: finding.because for finding in told}
    chains = [_chain(finding.rule, causes) for finding in told]
    worst: dict[str, Order] = {}
    for finding, chain in zip(told, chains, strict=True):
        worst[chain[-1]] = min(worst.get(chain[-1], order(finding)), order(finding))
    named = {chain[-1] for chain in chains if len(chain) > 1}

    def place(index: int) -> tuple[Order, str, int, Order]:
        root, own = chains[index][-1], order(told[index])
        return (worst[root], root, len(chains[index]), own) if root in named else (own, "", 0, own)

    return [told[index] for index in sorted(range(len(told)), key=place)]


def _explain(finding: Finding, findings: Sequence[Finding]) -> Finding:
    """The finding with its cause, where one of the others is it."""
    for link in LINKS:
        if link.effect != finding.rule:
            continue
        cause = next((f for f in findings if f.rule == link.cause), None)
        if cause is not None and link.holds(cause, finding):
            detail = f"{link.sentence} {finding.detail}".strip()
            return replace(finding, detail=detail, because=link.cause)
    return finding


def _chain(rule: str, causes: dict[str, str]) -> list[str]:
    """A rule, its cause, that one's cause, and so on to the root."""
    chain = [rule]
    while (cause := causes.get(chain[-1], "")) and cause not in chain:
        chain.append(cause)
    return chain
