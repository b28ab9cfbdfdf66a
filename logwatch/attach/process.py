"""What /proc says of a process; nothing in it is stopped or changed."""

import os
import pwd
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from logwatch.attach.mapping import Mapping, find_python, read_mappings

FRAMEWORK = re.compile(r"/(libtorch(_cpu|_cuda|_python)?\.so|jaxlib/|libjax)")
VERSION = re.compile(r"python(3\.\d+)")
GPU = re.compile(r"/dev/(nvidia\d+|dri/renderD\d+|accel\d+)$")
NAMESPACES = ("mnt", "pid", "user", "net")
SHADOW_STACK = "shstk"


@dataclass(frozen=True)
class Process:
    """One process, as it was when it was looked at."""

    pid: int
    uid: int
    user: str
    command: str
    state: str
    """The letter of /proc/PID/stat: R S D T t Z X I."""
    tracer: int
    """Process id of the debugger that traces it; 0 for none."""
    threads: tuple[int, ...]
    foreign: tuple[str, ...]
    """Kinds of namespaces in which it is and we are not: `mnt` and `pid` in a container."""
    is_hidden: bool
    """Whether its memory map is kept from us."""
    python: str | None
    """Version of the CPython in it (`3.11`), None if there is none or it is hidden."""
    library: str | None
    """The file that holds that CPython, as the process names it."""
    machine: str | None
    """Processor for which that file was built, as `uname -m` says."""
    has_torch: bool
    """Whether torch or jax is in its memory."""
    has_shadow_stack: bool
    """Whether the processor checks its return addresses (CET)."""
    stdout: str | None
    """The file that it writes to, None where it is no file."""
    stderr: str | None

    @property
    def log(self) -> str | None:
        """The file that most likely is its log."""
        return self.stdout or self.stderr


@dataclass(frozen=True)
class Training:
    """One line of the list of processes that train."""

    pid: int
    user: str
    command: str
    gpus: tuple[str, ...]
    log: str | None


def read_process(pid: int) -> Process | None:
    """All that is known of a process; None where there is none of that number."""
    try:
        status = read_status(pid)
        command = read_command(pid, status.get("Name", ""))
        threads = tuple(sorted(int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()))
    except OSError:
        return None
    mappings = look_at_mappings(pid)
    python, library, machine = look_at_python(pid, mappings or ())
    uid = int(status["Uid"].split()[0])
    return Process(
        pid=pid,
        uid=uid,
        user=name_user(uid),
        command=command,
        state=status.get("State", "?")[:1],
        tracer=int(status.get("TracerPid", "0")),
        threads=threads,
        foreign=tuple(kind for kind in NAMESPACES if is_foreign(pid, kind)),
        is_hidden=mappings is None,
        python=python,
        library=library,
        machine=machine,
        has_torch=any(FRAMEWORK.search(mapping.path) for mapping in mappings or ()),
        has_shadow_stack=SHADOW_STACK in status.get("x86_Thread_features", ""),
        stdout=read_output(pid, 1),
        stderr=read_output(pid, 2),
    )


def list_trainings() -> list[Training]:
    """Every Python process that has torch or jax in its memory and that we may look at."""
    found = []
    for pid in list_pids():
        mappings = look_at_mappings(pid)
        if not any(FRAMEWORK.search(mapping.path) for mapping in mappings or ()):
            continue
        process = read_process(pid)
        if process is not None and process.python is not None and pid != os.getpid():
            training = Training(pid, process.user, process.command, list_gpus(pid), process.log)
            found.append(training)
    return found


def list_pids() -> Iterator[int]:
    """All processes, by number."""
    names = (entry.name for entry in Path("/proc").iterdir())
    return iter(sorted(int(name) for name in names if name.isdecimal()))


def list_gpus(pid: int) -> tuple[str, ...]:
    """Names of the accelerators that a process has open, such as `nvidia0`."""
    found = set()
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            match = GPU.match(read_link(entry) or "")
            if match:
                found.add(match[1])
    except OSError:
        return ()
    return tuple(sorted(found))


def read_status(pid: int | str) -> dict[str, str]:
    """The fields of /proc/PID/status.

    Raises:
        OSError: there is no such process.
    """
    text = Path(f"/proc/{pid}/status").read_text(errors="replace")
    pairs = (line.partition(":") for line in text.splitlines())
    return {key: value.strip() for key, _, value in pairs}


def read_command(pid: int, name: str) -> str:
    """The words it was started with, or its name in brackets where it has none."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return " ".join(words).strip() or f"[{name}]"


def name_user(uid: int) -> str:
    """The user's name, or the number where nobody has it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def is_foreign(pid: int, kind: str) -> bool:
    """Whether a process is in another namespace than we; False where that is kept from us."""
    theirs = read_link(Path(f"/proc/{pid}/ns/{kind}"))
    return theirs is not None and theirs != read_link(Path(f"/proc/self/ns/{kind}"))


def look_at_mappings(pid: int) -> tuple[Mapping, ...] | None:
    """The memory map, None where it, or which program it belongs to, is kept from us."""
    try:
        Path(f"/proc/{pid}/exe").readlink()
    except FileNotFoundError:  # a zombie, or a thread of the kernel
        return ()
    except OSError:
        return None
    try:
        return read_mappings(pid)
    except OSError:
        return None


def look_at_python(
    pid: int, mappings: tuple[Mapping, ...]
) -> tuple[str | None, str | None, str | None]:
    """Version, file and processor of the CPython in a process; None where there is none."""
    try:
        module = find_python(pid, mappings)
    except OSError:
        module = None
    if module is None:
        return None, None, None
    paths = (module.path, *(mapping.path for mapping in mappings))
    versions = (VERSION.search(path) for path in paths)
    version = next((match[1] for match in versions if match), None)
    return version or "3", module.path, module.machine


def read_output(pid: int, descriptor: int) -> str | None:
    """The regular file behind a descriptor, None where it is a terminal, a pipe or nothing."""
    link = Path(f"/proc/{pid}/fd/{descriptor}")
    try:  # through the descriptor: the folders of its path may be closed to us
        is_file = stat.S_ISREG(link.stat().st_mode)
    except OSError:
        return None
    return read_link(link) if is_file else None


def read_link(path: Path) -> str | None:
    """Where a link points to, None where it may not be read."""
    try:
        return str(path.readlink())
    except OSError:
        return None
