"""What forbids to attach, as a value: why, what would lift it, and how we then exit.

Nothing is gone around: a refusal is an answer.
"""

from dataclasses import dataclass

EXIT_CODES = {
    "no-process": 20,
    "itself": 21,
    "zombie": 22,
    "stopped": 23,
    "traced": 24,
    "other-user": 25,
    "yama": 26,
    "no-capability": 27,
    "undumpable": 28,
    "uninterruptible": 29,
    "not-python": 30,
    "old-python": 31,
    "unknown-machine": 32,
    "shadow-stack": 33,
    "remote-off": 34,
    "no-remote": 35,
    "no-gdb": 36,
    "no-parked-thread": 37,
    "denied": 38,
    "no-folder": 39,
    "no-answer": 40,
    "failed": 41,
}
"""Apart from those of the other commands, from 64-78 of sysexits.h, and from 128 and above."""


@dataclass(frozen=True)
class Refusal:
    """Why a process cannot be attached to: one sentence, one of remedy, and how we then exit."""

    code: str
    sentence: str
    remedy: str

    @property
    def exit_code(self) -> int:
        """The exit code of `logwatch attach`, one for each code."""
        return EXIT_CODES[self.code]


class AttachRefused(Exception):  # noqa: N818 - the word of the room
    """Attaching is refused; nothing was changed in the process."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


def refuse_missing(pid: int) -> Refusal:
    """There is no such process."""
    return Refusal("no-process", f"there is no process {pid}", "Run `logwatch attach` for a list.")
