"""How a probe stands: what there is to show of it at one moment."""

import math
from dataclasses import dataclass, replace

from logwatch.sources.probe.recording import Message


@dataclass(frozen=True, slots=True)
class ProbeState:
    """How a probe stands. `phase` is attaching, attached, refused or detached.

    `pause_s` is how long the process was stopped, `step_s` its usual step, `cost_s` what a probed
    step costs more, in seconds; `share` is the part of its time that probing takes, of `budget`;
    NaN where not known. `sentence` says what happened last, `remedy` what would help, `place` where
    a process that was not entered stands, as far as may be seen; `exit_code` is that of a refusal.
    """

    pid: int
    phase: str = "attaching"
    command: str = ""
    method: str = ""
    pause_s: float = math.nan
    every: int = 0
    cost_s: float = math.nan
    step_s: float = math.nan
    share: float = math.nan
    budget: float = math.nan
    dropped: int = 0
    sentence: str = ""
    remedy: str = ""
    place: str = ""
    exit_code: int = 0

    @property
    def told(self) -> str:
        """What happened and what would help, as sentences."""
        if not self.remedy:
            return self.sentence
        told = f"{self.sentence.rstrip('.')}. {self.remedy}"
        return f"{told} Meanwhile {self.place}." if self.place else told

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.phase in ("refused", "detached")


def read_cadence(state: ProbeState, message: Message) -> ProbeState:
    """The state with what a cadence message says."""
    return replace(
        state,
        every=int(message.get("every", state.every)),
        cost_s=float(message.get("cost_s", state.cost_s)),
        step_s=float(message.get("step_s", state.step_s)),
        share=float(message.get("share", state.share)),
        dropped=int(message.get("dropped", state.dropped)),
    )
