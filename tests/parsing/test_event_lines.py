"""Every line by which launchers and frameworks say what happened, alone and behind a bar.

Source: the frameworks' own print statements, as the plan's list of formats quotes them.
"""

import pytest

from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.record import Event

# ruff: noqa: E501  the lines are as they are printed
AT = "ON node01 CANCELLED AT 2026-11-20T09:12:33"
SLURM = "slurmstepd: error: "
NCCL = "[rank3]:[E1120 09:12:33.123456789 ProcessGroupNCCL.cpp:697] "
WORK = "Watchdog caught collective operation timeout: WorkNCCL("
LINES = [
    ("time_limit", f"{SLURM}*** JOB 123 {AT} DUE TO TIME LIMIT ***"),
    ("preempted", f"{SLURM}*** JOB 123 {AT} DUE TO PREEMPTION ***"),
    ("requeued", f"{SLURM}*** JOB 123 {AT} DUE TO JOB REQUEUE ***"),
    ("node_fail", f"{SLURM}*** JOB 123 {AT} DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***"),
    ("cancelled", f"{SLURM}*** STEP 123.0 {AT} DUE to SIGNAL Terminated ***"),
    ("task_failed", f"{SLURM}*** JOB 123 {AT} DUE TO TASK FAILURE ***"),
    ("cancelled", f"{SLURM}*** JOB 123 {AT} ***"),
    ("task_failed",
     f"{SLURM}*** STEP 123.0 ON node01 FAILED (non-zero exit code or other failure mode) ***"),
    ("reason", f"{SLURM}*** REASON: node drained ***"),
    ("stuck", f"{SLURM}*** JOB 123 STEPD TERMINATED ON node01 AT 2026-11-20T09:12:33 DUE TO JOB NOT "
     "ENDING WITH SIGNALS ***"),
    ("stuck", f"{SLURM}*** JOB 123 STEPD TERMINATED ON node01 AT 2026-11-20T09:12:33 DUE TO JOB NOT "
     "RUNNING ***"),
    ("oom_host", f"{SLURM}Detected 1 oom_kill event in StepId=123.batch. Some of the step tasks have "
     "been OOM Killed."),
    ("oom_host", f"{SLURM}Detected 1 oom-kill event(s) in StepId=123.batch. Some of your processes "
     "may have been killed by the cgroup out-of-memory handler."),
    ("oom_host", f"{SLURM}Detected 1 oom-kill event(s) in step 123.batch cgroup. Some of your "
     "processes may have been killed by the cgroup out-of-memory handler."),
    ("task_failed", "srun: error: node01: task 3: Exited with exit code 1"),
    ("task_failed", "srun: error: node01: tasks 0-3: Killed"),
    ("task_failed", "srun: error: node01: task 0: Segmentation fault (core dumped)"),
    ("oom_host", "srun: error: node01: task 3: Out Of Memory"),
    ("task_failed", "srun: Job step aborted: Waiting up to 32 seconds for job step to finish."),
    ("stuck", "srun: error: Timed out waiting for job step to complete"),
    ("task_failed", "srun: Force Terminated StepId=123.0"),
    ("node_fail", "srun: error: Node failure on node01"),
    ("task_failed", "srun: error: task 3 launch failed: Invalid job credential"),
    ("crash", "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: "),
    ("task_failed", "E1120 09:12:33.100000 123 torch/distributed/elastic/multiprocessing/api.py:869] "
     "failed (exitcode: 1) local_rank: 0 (pid: 12345) of binary: /usr/bin/python"),
    ("oom_gpu", "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 10.76 GiB "
     "total capacity; 9.75 GiB already allocated; 9.94 MiB free; 9.78 GiB reserved in total by "
     "PyTorch)"),
    ("oom_gpu", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 102.00 MiB. GPU 0 has "
     "a total capacity of 39.38 GiB of which 29.81 MiB is free. Including non-PyTorch memory, this "
     "process has 39.32 GiB memory in use."),
    ("oom_gpu", "torch.OutOfMemoryError: HIP out of memory. Tried to allocate 102.00 MiB."),
    ("oom_gpu", "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 123456 bytes"),
    ("nan", "RuntimeError: Function 'MulBackward0' returned nan values in its 0th output."),
    ("nan", "UserWarning: Error detected in MulBackward0. Traceback of forward call that caused the "
     "error:"),
    ("overflow", "Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 32768.0"),
    ("overflow", "[deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: 65536, reducing "
     "to 32768"),
    ("overflow", "[deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: 65536, but "
     "hysteresis is 2. Reducing hysteresis to 1"),
    ("overflow", "[deepspeed] OVERFLOW! Rank 0 Skipping step."),
    ("overflow", "[deepspeed] fp16 dynamic loss scale overflow! Skipping step. Attempted loss scale: "
     "65536, reducing to 32768"),
    ("crash", "Current loss scale already at minimum - cannot decrease scale anymore. Exiting run."),
    ("overflow", "NOTE: gradient overflow detected, ignoring gradient, setting loss scale to: 64.0"),
    ("crash", "Minimum loss scale reached (0.0001). Your loss is probably exploding."),
    ("nan", "Aborting training due to NaN loss."),
    ("nccl_timeout", f"{NCCL}[Rank 3] {WORK}SeqNum=12, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, "
     "Timeout(ms)=600000) ran for 600025 milliseconds before timing out."),
    ("nccl_timeout", f"{NCCL}[PG ID 0 PG GUID 0(default_pg) Rank 3] {WORK}SeqNum=12, "
     "OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600025 milliseconds "
     "before timing out."),
    ("nccl_timeout", f"[E ProcessGroupNCCL.cpp:828] [Rank 3] {WORK}OpType=ALLREDUCE, "
     "TensorShape=[1], Timeout(ms)=1800000) ran for 1800025 milliseconds before timing out."),
    ("missing_keys", '\tMissing key(s) in state_dict: "a.weight", "b". '),
    ("unexpected_keys", '\tUnexpected key(s) in state_dict: "c". '),
    ("missing_keys", "_IncompatibleKeys(missing_keys=['a'], unexpected_keys=[])"),
    ("missing_keys", "Some weights of BertForX were not initialized from the model checkpoint at "
     "bert-base and are newly initialized: ['classifier.bias', 'classifier.weight']"),
    ("unexpected_keys", "Some weights of the model checkpoint at bert-base were not used when "
     "initializing BertModel: ['cls.bias']"),
    ("ckpt_save", "Saving model checkpoint to out/checkpoint-500"),
    ("ckpt_load", "Loading best model from out/checkpoint-500 (score: 0.31)."),
    ("ckpt_save", "[2026-11-20 09:12:33.1] saving checkpoint at iteration    1000 to ckpt in "
     "torch_dist format"),
    ("ckpt_save", "  [2026-11-20 09:12:33.1] successfully saved checkpoint from iteration    1000 to "
     "ckpt [ t 1/1, p 1/1 ]"),
    ("ckpt_save", "  [2026-11-20 09:12:33.1] scheduled an async checkpoint save at iteration    1000 "
     "to ckpt"),
    ("ckpt_load", " loading checkpoint from out/ckpt at iteration 1000"),
    ("finished", "[exiting program at iteration 1000] datetime: 2026-11-20 09:12:33"),
    ("finished", "[exiting program after 12.5 minutes] datetime: 2026-11-20 09:12:33"),
    ("finished", "[exiting program after receiving SIGTERM.] datetime: 2026-11-20 09:12:33"),
    ("ckpt_save", "[Rank 0] Saving model checkpoint: out/global_step10/mp_rank_00_model_states.pt"),
    ("ckpt_save", "Epoch 3, global step 4000: 'val_loss' reached 0.61234 (best 0.61234), saving "
     "model to '/p/x.ckpt' as top 1"),
    ("finished", "`Trainer.fit` stopped: `max_epochs=10` reached."),
    ("ckpt_save", "Saved checkpoint out/checkpoint1.pt (epoch 1 @ 1102 updates, score 8.1) (writing "
     "took 3.2 seconds)"),
    ("ckpt_save", "saving checkpoint to out"),
    ("ckpt_save", "saving checkpoint: out.safetensors"),
    ("ckpt_save", "Saving checkpoint to 'out/step-10'"),
    ("ckpt_save", "Saved state to out/checkpoint-500"),
    ("ckpt_save", "Epoch 3: val_loss improved from 0.3 to 0.2, saving model to best.h5"),
    ("ckpt_save", "Epoch 3: saving model to best.h5"),
    ("early_stop", "Epoch 5: early stopping"),
    ("early_stop", "Divergence threshold reached: val_loss = 9.1 > 5.0. Signaling Trainer to stop."),
    ("ckpt_load", "Loading the checkpoint from out/step-100."),
    ("finished", "Training completed"),
    ("ckpt_save", "Saved model parameters to: out/model_000100.pt"),
    ("interrupted", "KeyboardInterrupt"),
]  # fmt: skip
BLOCK = "  rank      : 5 (local_rank: 1)\n  exitcode  : -9 (pid: 12345)\n"
BARS = (
    " 50%|#####     | 5/10 [00:20<00:20,  4.00s/it]",
    "Epoch 1/3:  12%|#| 3/24 [00:16<00:50,  1.62s/it, loss=2.5]",
)
TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "train.py", line 3, in <module>\n    main()\nValueError: no such thing\n'
)


def events_of(library: Library, log: str) -> list[Event]:
    """All events of a log."""
    extractor = Extractor(library)
    return [*extractor.feed(log.encode()).events, *extractor.finish().events]


@pytest.mark.parametrize(("kind", "line"), LINES, ids=lambda value: value[-48:])
@pytest.mark.parametrize("before", ["", *BARS], ids=["alone", "behind a bar", "behind figures"])
def test_what_a_line_says(library: Library, before: str, kind: str, line: str) -> None:
    """A line is one event of its kind, also where a bar that was not ended stands before it. What
    names an exception may be a crash as well, and what loads the best model may be a last word."""
    kinds = [event.kind for event in events_of(library, f"{before}{line}\nstep 1\n")]

    assert 1 == kinds.count(kind)
    assert {kind, "crash", "closing"} >= set(kinds)


@pytest.mark.parametrize("before", BARS)
def test_a_traceback_behind_a_bar(library: Library, before: str) -> None:
    """It is one event, titled by its last line, and the bar is read."""
    (event,) = events_of(library, f"{before}{TRACEBACK}")

    assert ("crash", "ValueError: no such thing") == (event.kind, event.title)


def test_the_exit_code_of_a_rank(library: Library) -> None:
    """torchrun's list of failures tells the exit code on a line of its own."""
    (event,) = events_of(library, BLOCK)

    assert ("task_failed", -9.0) == (event.kind, event.fields["exitcode"])


def test_tracebacks_of_many_ranks(library: Library) -> None:
    """In turns, the first glued to a bar: one event a rank, titled by its last line."""
    parts = [TRACEBACK.replace("no such", f"no {rank}").splitlines() for rank in range(4)]
    turns = [f"[rank{rank}]: {part[at]}" for at in range(4) for rank, part in enumerate(parts)]
    events = events_of(library, BARS[0] + "\n".join(turns) + "\n")

    assert [f"ValueError: no {rank} thing" for rank in range(4)] == [one.title for one in events]
