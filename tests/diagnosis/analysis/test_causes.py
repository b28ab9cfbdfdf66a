"""Each kind of death has its own remedy, whatever program words it."""

import pytest

from logwatch.diagnosis.analysis.causes import find_cause, find_memory

# ruff: noqa: E501  the lines are as they are printed
REMEDIES = [
    ("RuntimeError: DataLoader worker (pid 8) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory.", "--shm-size"),
    ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", "batch size"),
    ("jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory allocating 2147483648 bytes.", "batch size"),
    ("ResourceExhaustedError: OOM when allocating tensor with shape[32,512]", "batch size"),
    ("RuntimeError: MPS backend out of memory (MPS allocated: 8.90 GB)", "batch size"),
    ("MemoryError", "--mem"),
    ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 9.1 GiB for an array", "--mem"),
    ("Out of memory: Killed process 4321 (python3) total-vm:91234567kB", "--mem"),
    ("OSError: [Errno 28] No space left on device", "df -h"),
    ("OSError: [Errno 122] Disk quota exceeded", "quota"),
    ("OSError: [Errno 5] Input/output error", "file system"),
    ("RuntimeError: CUDA error: device-side assert triggered", "label"),
    ("NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.", "exclude this node"),
    ("RuntimeError: CUDA error: an illegal memory access was encountered", "CUDA_LAUNCH_BLOCKING"),
    ("RuntimeError: No CUDA GPUs are available", "nvidia-smi"),
    ("RuntimeError: NCCL Error 2: unhandled system error", "NCCL_DEBUG"),
    ("wandb.errors.UsageError: api_key not configured (no-tty)", "wandb login"),
    ("requests.exceptions.ConnectionError: Max retries exceeded with url: /x", "network"),
    ("ModuleNotFoundError: No module named 'deepspeed'", "environment"),
    ("FileNotFoundError: [Errno 2] No such file or directory: 'a'", "path"),
    ("PermissionError: [Errno 13] Permission denied: 'a'", "owns"),
    ("train.py: error: unrecognized arguments: --x", "argument"),
    ("OSError: [Errno 24] Too many open files", "ulimit"),
    ("Segmentation fault (core dumped)", "faulthandler"),
    ("exits with return code = -9", "SIGKILL"),
    ("RuntimeError: DataLoader worker (pid(s) 4) exited unexpectedly", "num_workers=0"),
    ("ZeroDivisionError: division by zero", "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "word"), REMEDIES, ids=lambda value: value[:40])
def test_the_remedy_fits_the_death(title: str, word: str) -> None:
    """The remedy for these words names what helps against this kind alone."""
    cause = find_cause(title)

    assert cause is not None
    assert word in cause.remedy


@pytest.mark.parametrize(
    "title",
    [
        "RuntimeError: CUDA error: an illegal memory access was encountered",
        "triton.runtime.errors.OutOfResources: out of resource: shared memory, Hardware limit: 1",
        "AttributeError: module 'torch.cuda' has no attribute 'memory_allocated'",
        "RuntimeError: Pin memory thread exited unexpectedly",
    ],
)
def test_talk_of_memory_is_not_out_of_memory(title: str) -> None:
    """Words about memory that did not run out name no memory."""
    assert find_memory(title) is None


def test_an_unknown_error_has_no_known_cause() -> None:
    """An error that says only what the script's own code means is left to its traceback."""
    assert find_cause("KeyError: 'warmup_steps'") is None
