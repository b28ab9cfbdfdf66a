"""The processes of one job on this machine: those that its launcher started, by their rank."""

from collections.abc import Mapping
from pathlib import Path

RANK_NAMES = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
"""What launchers call a process's rank in its environment.
Source: torchrun (torch.distributed.run), srun(1), mpirun(1) of Open MPI, Hydra."""


def find_ranks(pid: int, proc: Path = Path("/proc")) -> dict[int, int]:
    """Process ids by rank: of `pid` and its siblings, or of its children where it is the launcher.

    Empty where none of them has a rank, or their environments may not be read.
    """
    parents = _read_parents(proc)
    for parent in (parents.get(pid, -1), pid):
        family = sorted(child for child, its_parent in parents.items() if its_parent == parent)
        ranks: dict[int, int] = {}
        for child in family:
            rank = read_rank(child, proc)
            if rank is not None:
                ranks.setdefault(rank, child)
        if ranks and (parent == pid or pid in ranks.values()):
            return dict(sorted(ranks.items()))
    return {}


def read_rank(pid: int, proc: Path = Path("/proc")) -> int | None:
    """The rank that a process was started with, None without one."""
    try:
        words = (proc / f"{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    said = dict(word.partition("=")[::2] for word in words)
    found = next((said[name] for name in RANK_NAMES if said.get(name, "").isdecimal()), None)
    return None if found is None else int(found)


def _read_parents(proc: Path) -> Mapping[int, int]:
    parents = {}
    for entry in proc.iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
            except (OSError, IndexError, ValueError):
                continue
    return parents
