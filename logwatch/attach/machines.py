"""The processors whose code logwatch can write."""

from logwatch.attach.aarch64 import Aarch64
from logwatch.attach.registers import Machine
from logwatch.attach.x86_64 import X8664

MACHINES: tuple[Machine, ...] = (X8664(), Aarch64())


def find_machine(name: str | None) -> Machine | None:
    """The processor of that name (`uname -m`), None where nobody has written its code."""
    return next((machine for machine in MACHINES if machine.name == name), None)
