"""attach_gpu.py: the probe in a training on a GPU: what must hold, and what it costs.

`--device cpu` checks what needs no GPU. Takes ten minutes on a GPU, most of it for the overhead
(`--seconds 0` leaves it out).
"""

import argparse
import platform
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import torch  # noqa: E402
from attach_overhead import GPU_SIZES, HEAD, SIZES, Overhead, measure_all  # noqa: E402
from gpu_checks import IN_PROCESS  # noqa: E402
from gpu_outside import FROM_OUTSIDE  # noqa: E402
from gpu_queue import ON_A_GPU  # noqa: E402

TABLE = ("| what is checked | holds | figures | seconds |", "|---|---|---|---:|")


def describe(device: str) -> str:
    """The device and the programs on it."""
    name = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or "CPU"
    return f"{name}, torch {torch.__version__}, Python {platform.python_version()}."


def run_checks(device: str) -> list[tuple[str, bool, str, float]]:
    """Each check: its claim, whether it holds, its figures or what went wrong, seconds."""
    done = []
    for check in (*IN_PROCESS, *(ON_A_GPU if device == "cuda" else ()), *FROM_OUTSIDE):
        claim = (check.__doc__ or "").split("\n")[0].rstrip(".")
        begun = time.monotonic()
        try:
            holds, told = True, check(device)
        except Exception as error:  # a check that fails must not hide the others
            traceback.print_exc()
            holds, told = False, f"{type(error).__name__}: {error}"[:200].replace("\n", " ")
        done.append((claim, holds, told, time.monotonic() - begun))
        print(row(done[-1]), flush=True)
    return done


def row(done: tuple[str, bool, str, float]) -> str:
    """One line of the table."""
    claim, holds, told, seconds = done
    return f"| {claim} | {'yes' if holds else '**no**'} | {told} | {seconds:.1f} |"


def write_report(device: str, done: list[tuple[str, bool, str, float]], o: list[Overhead]) -> str:
    """All tables as Markdown."""
    lines = [describe(device), "", *TABLE, *map(row, done)]
    if o:
        lines += ["", *HEAD, *(overhead.row() for overhead in o)]
    return "\n".join(lines)


def main() -> int:
    """Check, measure, tell; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda", choices=("cpu", "cuda"))
    parser.add_argument("--seconds", type=float, default=400.0, help="for the overhead")
    parser.add_argument("--out", type=Path, help="write the tables into this file too")
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        print("nothing measured: torch sees no GPU here; --device cpu checks what needs none")
        return 0
    done = run_checks(args.device)
    sizes = (*GPU_SIZES, *SIZES) if args.device == "cuda" else SIZES
    overheads = measure_all(sizes, args.seconds) if args.seconds else []
    report = write_report(args.device, done, overheads)
    print(report)
    if args.out:
        args.out.write_text(report + "\n")
    return 0 if all(holds for _, holds, _, _ in done) else 1


if __name__ == "__main__":
    sys.exit(main())
