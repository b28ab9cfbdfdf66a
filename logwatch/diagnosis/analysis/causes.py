"""What the words of an error mean, and what helps against it."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind of death: the words that name it, whatever program prints them, and the remedy.

    `memory` is where memory ran out, empty for other kinds.
    """

    words: re.Pattern[str]
    remedy: str
    memory: str = ""


def _cause(words: str, remedy: str, memory: str = "") -> Cause:
    return Cause(re.compile(words, re.IGNORECASE), remedy, memory)


SHARED, DEVICE, HOST = "shared memory", "the GPU", "the host"

MEMORY = (
    _cause(
        r"out of shared memory|shared memory|/dev/shm|killed by signal: Bus error",
        "Give the container more shared memory (docker --shm-size=8g or --ipc=host), or use fewer "
        "data-loader workers.",
        SHARED,
    ),
    _cause(
        r"\b(?:CUDA|HIP|XPU|MPS|NPU|MUSA|HPU|GPU|HBM|TPU|CUDNN|CUBLAS|cupy|XLA|Xla|device)"
        r"(?:\b|_|(?=[A-Z]))[^\n]*(?:out.?of.?memory|RESOURCE_?EXHAUSTED|ried to allocate"
        r"|(?:cannot|can't|failed to|fail to|unable to|could not) alloc)"
        r"|RESOURCE_EXHAUSTED|ResourceExhausted|OOM when allocating|_STATUS_ALLOC_FAILED"
        r"|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|hipErrorOutOfMemory"
        r"|OutOfMemoryError: (?:CUDA|Out of memory allocating|Allocation on device)"
        r"|in memory space hbm|KV cache blocks|memory for the cache blocks"
        r"|vs\. 0\) +out of memory",
        "Lower the batch size or the sequence length, or recompute activations. Look for another "
        "process on the same GPU (nvidia-smi).",
        DEVICE,
    ),
    _cause(
        r"MemoryError|Unable to allocate [\d.]+ ?[KMGTP]?i?B|bad_alloc|DefaultCPUAllocator"
        r"|Cannot allocate memory|\boom[-_ ]?kill|OOM ?Killed|out of memory|OutOfMemory"
        r"|memory limit|MEMLIMIT|low on memory|memory pressure|killed by signal: Killed"
        r"|insufficient memory|not enough memory|v?mem [^\n]*exceeded",
        "Ask for more memory (--mem), or use fewer data-loader workers and smaller buffers.",
        HOST,
    ),
)
"""Where memory ran out. Source: torch c10/cuda/CUDACachingAllocator.cpp and c10/core/
CPUAllocator.cpp; xla bfc_allocator.cc; numpy `_ArrayMemoryError`; cupy/cuda/memory.pyx; Linux
mm/oom_kill.c; Slurm task_cgroup_memory.c; torch/utils/data/_utils/signal_handling.py."""

NOT_MEMORY = re.compile(
    r"OutOfMemoryError\w|illegal memory|memory access|hardware limit|too many open files|misaligned"
    r"|memory.?format"
    r"|caller indicates that this is not a failure|skipping batch|pin.?memory",
    re.IGNORECASE,
)
"""Words that speak of memory that did not run out."""

OTHERS = (
    _cause(
        r"No space left on device|Errno 28|PytorchStreamWriter|inline_container",
        "The disk is full or the quota is used up: free space (df -h, df -i), or write elsewhere.",
    ),
    _cause(
        r"quota exceeded|Errno 122|File size limit exceeded",
        "The quota is used up: delete old checkpoints and caches, or move them to another disk.",
    ),
    _cause(
        r"Input/output error|Errno 5\]|Stale file handle|Errno 116|Read-only file system"
        r"|Errno 30\]|Transport endpoint|Remote I/O error|Errno 121",
        "The file system failed: read the file by hand on that node, then restart the run.",
    ),
    _cause(
        r"device-side assert|Assertion `.{0,60}(?:n_classes|srcIndex|index|target|label)"
        r"|index out of bounds: 0 <=",
        "A label or an index is out of range. Run one batch on the CPU to see which one, or set "
        "CUDA_LAUNCH_BLOCKING=1.",
    ),
    _cause(
        r"\bXid\b|fallen off the bus|ECC error|GPU is lost|device handle for GPU|NVLink"
        r"|HSA_STATUS_ERROR|Memory access fault by GPU|hardware stack error",
        "The GPU failed: exclude this node (--exclude) and report it with this line. The script is "
        "not at fault.",
    ),
    _cause(
        r"illegal memory access|misaligned address|unspecified launch failure|illegal instruction "
        r"was encountered|CUDA_EXCEPTION",
        "A kernel read or wrote where it must not. Set CUDA_LAUNCH_BLOCKING=1 to see which one, "
        "and try without custom kernels.",
    ),
    _cause(
        r"no kernel image|sm_\d+ is not compatible|CUDA capability|compiled with a different CUDA"
        r"|driver (?:version is insufficient|on your system is too old)|PTX|forward compatibility"
        r"|libcud\w+\.so|hipErrorNoBinaryForGpu|CUDA initialization|no NVIDIA driver"
        r"|Torch not compiled with CUDA|No CUDA GPUs|no CUDA-capable device|invalid device ordinal"
        r"|CUDA_ERROR_(?:NO_DEVICE|INVALID_DEVICE)|devices? \S* ?(?:busy|not found)",
        "Check that the job has a GPU (nvidia-smi, CUDA_VISIBLE_DEVICES) and that the build fits "
        "its driver and its model.",
    ),
    _cause(
        r"(?:CUBLAS|CUDNN|CUSOLVER|CUFFT|CUSPARSE|MIOPEN|ROCBLAS|HIPBLAS)(?:_STATUS|_?ERROR| error)"
        r"|(?:cuBLAS|cuDNN) ERROR",
        "Often the GPU's memory is nearly full or an index is out of range: try a smaller batch, "
        "and CUDA_LAUNCH_BLOCKING=1.",
    ),
    _cause(
        r"NCCL|RCCL|collective|Gloo|ProcessGroup|TCPStore|rendezvous|c10d|EADDRINUSE"
        r"|address already in use|init_process_group|Default process group",
        "Find the rank that failed first; then set NCCL_DEBUG=INFO, and check the port, the "
        "network interface and the hosts.",
    ),
    _cause(
        r"device mismatch|same device|Expected all tensors to be on|Input type .* and weight type",
        "Move the model and its inputs to one device (.to(device)), new tensors in forward() too.",
    ),
    _cause(
        r"size mismatch|Missing key|Unexpected key|loading state_dict",
        "The checkpoint does not fit the model: compare their configurations.",
    ),
    _cause(
        r"shapes? cannot be multiplied|size of tensor|must match the size|shape mismatch|Shapes? .*"
        r"incompatible|Incompatible shapes|Expected input batch_size|broadcast|dimension",
        "Print the shapes right before this line; look at the last, smaller batch too.",
    ),
    _cause(
        r"GatedRepo|401 Client|403 Client|Unauthorized|api_key|API key|not logged in|login|token is"
        r"|authenticat|UsageError|RepositoryNotFound|LicenseError|licen[sc]e",
        "Log in where the job runs (wandb login, huggingface-cli login), or set WANDB_MODE=offline "
        "or the token in its environment.",
    ),
    _cause(
        r"Max retries exceeded|connect to '?https|ConnectionError|ConnectTimeout|ReadTimeout"
        r"|LocalEntryNotFound|Temporary failure in name resolution|Name or service not known"
        r"|Network is unreachable|HTTPError|ProxyError|SSLError|URLError|50\d Server|CommError"
        r"|offline mode|HfHubHTTPError|wandb backend",
        "The node did not reach the network: download models and data before the job, and set "
        "HF_HUB_OFFLINE=1 and WANDB_MODE=offline.",
    ),
    _cause(
        r"No module named|ModuleNotFound|ImportError|cannot import name|DLL load failed"
        r"|undefined symbol|symbol lookup|GLIBC|shared librar|shared object",
        "Activate the environment that has it in the job script, or install it there.",
    ),
    _cause(
        r"command not found|can't open file|conda environment|modulefile|execve|exec:|Exec format"
        r"|EnvironmentNameNotFound|not found\s*$",
        "Check the path and the environment in the job script: what it calls is not there.",
    ),
    _cause(
        r"FileNotFound|No such file|does not exist|NotADirectory|IsADirectory|FileExists"
        r"|NoSuchFile|not a directory|File exists",
        "Check this path on the node where the job runs, and what the script makes before it.",
    ),
    _cause(
        r"PermissionError|Permission denied|Operation not permitted|Errno 13\]",
        "Check who owns this path, and write to one of your own.",
    ),
    _cause(
        r"\S+: error: (?:argument|unrecogni|the following|invalid|ambiguous|expected|one of)|"
        r"unrecognized arguments|Flags parsing|No such option|Missing (?:option|argument)"
        r"|Invalid value for|not in struct|Could not override|ConfigAttributeError|ConfigKeyError"
        r"|SystemExit|the following arguments are required",
        "The command line or the configuration is wrong: correct the argument that it names.",
    ),
    _cause(
        r"Too many open files|Errno 24\]",
        "Raise the limit (ulimit -n), or set torch.multiprocessing.set_sharing_strategy"
        "('file_system').",
    ),
    _cause(
        r"segmentation fault|SIGSEGV|signal 11|bus error|SIGBUS|illegal (?:hardware )?instruction"
        r"|SIGILL|floating point exception|SIGFPE|core dumped|double free|free\(\)|malloc|corrupted"
        r"|stack smashing|munmap_chunk|Fatal Python error|SIGABRT|abort|terminate called"
        r"|pure virtual"
        r"|exit ?code:? ?(?:-11|-6|-7|139|134|135)\b|code[ =:]+(?:-11|-6|-7|139|134|135)\b",
        "Native code failed: run with python -X faulthandler to see where, and check versions of "
        "libraries that hold such code.",
    ),
    _cause(
        r"\bkilled\b|SIGKILL|signal 9|exit ?code:? ?(?:-9|137)\b|code[ =:]+(?:-9|137)\b",
        "It got SIGKILL, mostly because the host ran out of memory: look at dmesg or sacct "
        "(MaxRSS), and ask for more memory.",
    ),
    _cause(
        r"DataLoader worker|Pin memory thread|worker process|BrokenProcessPool",
        "Run with num_workers=0 to see the error of the worker itself.",
    ),
    _cause(
        r"container|pyxis|enroot|docker|\.sif\b|OCI runtime|ImagePull|FATAL:   ",
        "The container did not start: check its image, its mounts and the GPU runtime.",
    ),
    _cause(
        r"recursion|RecursionError",
        "Something calls itself without end: read the repeated frames of the traceback.",
    ),
    _cause(
        r"ZeroDivision|division by zero",
        "Something is empty: check the length of the data set, and guard this division.",
    ),
    _cause(
        r"JSONDecodeError|UnpicklingError|ParserError|UnicodeDecode|truncated|corrupt|EOFError"
        r"|BadZipFile|UnidentifiedImage|failed finding central directory",
        "A file is damaged or cut off: load it by hand, and write or download it again.",
    ),
)
"""Further kinds of death, special before general. Source of signals as codes: POSIX shells give
128 + n, Python's subprocess and torchrun -n."""


def find_cause(text: str) -> Cause | None:
    """The kind of death that an error's words name; None where they name none."""
    return find_memory(text) or next((one for one in OTHERS if one.words.search(text)), None)


def find_memory(text: str) -> Cause | None:
    """Where memory ran out by an error's words; None where they speak of something else."""
    if NOT_MEMORY.search(text):
        return None
    return next((one for one in MEMORY if one.words.search(text)), None)
