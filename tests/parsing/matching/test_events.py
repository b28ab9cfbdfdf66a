"""What happened to a job is told whatever else stands between the lines that say it."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.matching.events import MAX_OF_KIND
from logwatch.parsing.matching.tracebacks import MAX_LINES, MAX_STRANGERS
from logwatch.parsing.record import Event
from tests.strategies import CUTS, cut

AT = "ON node01 CANCELLED AT 2026-11-20T09:12:33"
SLURM = {
    f"*** JOB 123 {AT} DUE TO TIME LIMIT ***": "time_limit",
    f"*** STEP 123.0 {AT} DUE TO TIME LIMIT ***": "time_limit",
    f"*** JOB 123 {AT} DUE TO PREEMPTION ***": "preempted",
    f"*** JOB 123 {AT} DUE TO JOB REQUEUE ***": "requeued",
    f"*** JOB 123 {AT} DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***": "node_fail",
    f"*** JOB 123 {AT} DUE to SIGNAL Terminated ***": "cancelled",
    f"*** STEP 123.4 {AT} DUE TO TASK FAILURE ***": "task_failed",
    f"*** JOB 123 {AT} ***": "cancelled",
    "*** STEP 123.0 ON node01 FAILED (non-zero exit code or other failure mode) ***": "task_failed",
    "*** JOB 123 STEPD TERMINATED ON node01 AT 2026-11-20T09:12:33 DUE TO JOB NOT RUNNING ***":
        "stuck",
    "Detected 1 oom_kill event in StepId=123.batch. Some of the tasks have been": "oom_host",
    "Detected 3 oom_kill events in StepId=123.batch. Some of the tasks have been": "oom_host",
    "Detected 1 oom-kill event(s) in StepId=123.batch. Some of your processes may": "oom_host",
    "Detected 1 oom-kill event(s) in step 123.batch cgroup. Some of your processes": "oom_host",
}  # fmt: skip
"""Source: formats of src/slurmd/slurmstepd/req.c and task_cgroup_memory.c of SchedMD/slurm."""
SRUN = {
    "srun: error: node01: task 3: Out Of Memory": "oom_host",
    "srun: error: node01: task 3: Exited with exit code 1": "task_failed",
    "srun: error: node01: tasks 0-3,7: Killed": "task_failed",
    "srun: error: node01: task 0: Segmentation fault (core dumped)": "task_failed",
    "srun: error: node01: task 0: Aborted (core dumped)": "task_failed",
    "srun: error: Node failure on node01": "node_fail",
}

TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "train.py", line 10, in <module>',
    "    main()",
    "    ^^^^^^",
    "ValueError: bad shape (3, 4)",
]


def events_of(library: Library, pieces: list[bytes]) -> list[Event]:
    """All events of a log that arrives in pieces."""
    extractor = Extractor(library)
    extracts = [*map(extractor.feed, pieces), extractor.finish()]
    return [event for extract in extracts for event in extract.events]


def crashes_of(library: Library, *lines: str) -> list[tuple[int, str]]:
    """Line and title of every crash."""
    events = events_of(library, ["".join(f"{line}\n" for line in lines).encode()])
    return [(event.line, event.title) for event in events if event.kind == "crash"]


class TestSlurm:
    @pytest.mark.parametrize("text", SLURM)
    def test_daemon(self, library: Library, text: str) -> None:
        """Each sentence of slurmstepd is its event, glued to a bar or not, and once."""
        for log in (
            f"slurmstepd: error: {text}\n",
            f"step 3 loss 2.5\n 10%|# | 3/9 [00:01<00:02, 1.0it/s]slurmstepd: error: {text}\n",
            f"step 4 loss slurmstepd: error: {text}",
        ):
            events = events_of(library, [log.encode()])

            assert [SLURM[text]] == [event.kind for event in events]
            assert [log.count("\n", 0, log.index("slurm")) + 1] == [e.line for e in events]

    @pytest.mark.parametrize("text", SRUN)
    def test_srun(self, library: Library, text: str) -> None:
        """So is each of srun's."""
        assert [SRUN[text]] == [event.kind for event in events_of(library, [text.encode()])]

    @pytest.mark.parametrize(
        "text",
        [
            "This job may be CANCELLED DUE TO TIME LIMIT",
            "# srun: error handling",
            "set the time limit with --time; a preempted job is requeued",
            "no oom_kill event was detected",
            "srun: job 123 queued and waiting for resources",
            "Loading checkpoint shards:  50%|█████     | 1/2 [00:20<00:20, 20.00s/it]",
            "we detected nan-safe ops in the inference graph",
        ],
    )
    def test_talk_about_it(self, library: Library, text: str) -> None:
        """Sentences about such things are none of them."""
        assert [] == events_of(library, [text.encode()])


class TestTracebacks:
    def test_one_event_titled_by_the_exception(self, library: Library) -> None:
        """A traceback is one crash at its first line; its title is its last."""
        assert [(2, "ValueError: bad shape (3, 4)")] == crashes_of(library, "start", *TRACEBACK)

    @pytest.mark.parametrize(
        "exception",
        [
            "KeyError: 3",
            "torch.OutOfMemoryError: CUDA is full",
            "subprocess.CalledProcessError: Command 'x' returned 1",
            "KeyboardInterrupt",
            "AssertionError",
            "queue.Empty",
            "socket.timeout: timed out",
            "struct.error: unpack requires 4 bytes",
            "_pickle.UnpicklingError: invalid load key",
            "hydra.errors.ConfigCompositionException",
            "MyOwnTrouble: it broke",
            "StopIteration",
            "SystemExit: 1",
        ],
    )
    def test_names_of_exceptions(self, library: Library, exception: str) -> None:
        """Exceptions have many names."""
        assert [exception] == [
            title for _, title in crashes_of(library, *TRACEBACK[:-1], exception)
        ]

    @pytest.mark.parametrize(
        "label",
        ["[rank{}]: ", "[default{}]:", "[default{0}]:[rank{0}]: ", "{}: ", "[1,{}]<stderr>:",
         "(Worker pid={}) ", "(Worker pid={}, ip=10.0.0.1) ", "{0}: [rank{0}]: "],
    )  # fmt: skip
    def test_ranks_interleaved(self, library: Library, label: str) -> None:
        """Tracebacks of many ranks, line by line in turn, are one crash a rank."""
        lines = [label.format(rank) + line for line in TRACEBACK for rank in range(3)]

        crashes = crashes_of(library, *lines)

        assert [(1, "ValueError: bad shape (3, 4)"), (2, "ValueError: bad shape (3, 4)")] == (
            crashes[:2]
        )
        assert 3 == len(crashes)

    def test_many_ranks(self, library: Library) -> None:
        """A hundred ranks at once are no hindrance."""
        lines = [f"[rank{rank}]: {line}" for line in TRACEBACK for rank in range(100)]

        assert 100 == len(crashes_of(library, *lines))

    def test_lines_of_others_within(self, library: Library) -> None:
        """What stdout says in the midst of a traceback does not end it."""
        lines = [*TRACEBACK[:2], "Epoch 3: loss 2.5", "loss: 2.5", "done", *TRACEBACK[2:]]

        assert ["ValueError: bad shape (3, 4)"] == [t for _, t in crashes_of(library, *lines)]

    def test_a_logger_before_each_line(self, library: Library) -> None:
        """Where a logger marks every line, the exception is found behind its mark."""
        lines = [f"[2026-11-20 09:12:33,123] [ERROR] {line}" for line in TRACEBACK]

        assert [(1, "ValueError: bad shape (3, 4)")] == crashes_of(library, *lines)

    def test_moved_in(self, library: Library) -> None:
        """A traceback that stands further in, as in a report, ends where it began."""
        lines = [f"        {line}" for line in TRACEBACK]

        assert [(2, "ValueError: bad shape (3, 4)")] == crashes_of(library, "report:", *lines)

    def test_talk_about_tracebacks(self, library: Library) -> None:
        """A text that quotes the head in a sentence or in code is no crash."""
        lines = ['if "Traceback (most recent call last):" in text:', "ValueError: of something"]

        assert [] == crashes_of(library, *lines)

    def test_an_exception_while_another_was_handled(self, library: Library) -> None:
        """A chain of exceptions is told in its order."""
        lines = [*TRACEBACK, "", "During handling of the above exception, another occurred:", ""]

        assert [(1, "ValueError: bad shape (3, 4)"), (9, "KeyError: 3")] == crashes_of(
            library, *lines, *TRACEBACK[:-1], "KeyError: 3"
        )

    def test_half_a_traceback_at_the_end(self, library: Library) -> None:
        """A log that ends within a traceback still tells that it crashed, at the end."""
        extractor = Extractor(library)
        fed = extractor.feed("\n".join(TRACEBACK[:3]).encode())

        assert () == fed.events
        assert [("crash", 1)] == [(e.kind, e.line) for e in extractor.finish().events]

    def test_a_quoted_stack(self, library: Library) -> None:
        """A stack without an exception, as warnings quote it, is no crash."""
        lines = [*TRACEBACK[:-1], *["the training goes on"] * (MAX_STRANGERS + 1)]

        assert [] == crashes_of(library, *lines, "ValueError: of something else")

    def test_endless_frames(self, library: Library) -> None:
        """Nothing is waited for without end."""
        lines = [TRACEBACK[0], *["    frame()"] * (MAX_LINES + 1)]

        assert [] == crashes_of(library, *lines)

    def test_a_retry_loop(self, library: Library) -> None:
        """Of tracebacks without number so many are kept, and quickly passed over."""
        log = "".join(f"{line}\n" for line in TRACEBACK).encode() * (2 * MAX_OF_KIND)

        assert MAX_OF_KIND == len(events_of(library, [log]))

    @settings(max_examples=50)
    @given(
        labels=st.lists(st.sampled_from(["", "[rank1]: ", "[rank2]: "]), max_size=3),
        order=st.randoms(use_true_random=False),
        places=CUTS,
    )
    @example(labels=["", "[rank1]: "], order=None, places=[0.1, 0.5])
    def test_cuts_do_not_matter(
        self, library: Library, labels: list[str], order: object, places: list[float]
    ) -> None:
        """A traceback that arrives in pieces is the same, ranks in any order."""
        turns = [label for label in labels for _ in TRACEBACK]
        if order is not None:
            order.shuffle(turns)
        lines = {label: itertools.cycle(TRACEBACK) for label in labels}
        log = "".join(f"{label}{next(lines[label])}\n" for label in turns).encode()

        whole = events_of(library, [log])

        assert whole == events_of(library, cut(log, places))


class TestFields:
    @pytest.mark.parametrize(
        ("text", "kind", "fields"),
        [
            (
                "Loading checkpoint: step 311, train_loss = 0.8, val_loss = 0.3557",
                "ckpt_load",
                {"step": 311.0, "train_loss": 0.8, "val_loss": 0.3557},
            ),
            (
                "WARNING: NaN detected in lm_loss at step 748",
                "nan",
                {"name": "lm_loss", "step": 748.0},
            ),
            (
                "Randomly initialized: 46,142 of 85,000,000 parameters",
                "reinitialised",
                {"count": 46142.0, "total": 85000000.0},
            ),
        ],
    )
    def test_named_groups(
        self, library: Library, text: str, kind: str, fields: dict[str, object]
    ) -> None:
        """An event knows the figures of its line, and its step."""
        (event,) = events_of(library, [text.encode()])

        assert (kind, fields) == (event.kind, dict(event.fields))
        assert fields.get("step") == event.step

    def test_a_title_is_clean_text(self) -> None:
        """No control of the log stands in a title or a field, and no title is endless."""
        table = {
            "name": "d", "title": "d", "source": "d",
            "event": [{"kind": "nan", "match": r"^saw (?P<what>.*)$", "title": "saw {what}"}],
        }  # fmt: skip
        library = Library([dialect_from_table(table)])

        (event,) = events_of(library, [b"saw \x1b[31m[bold]\xff" + b"x" * 9999])

        assert event.title.startswith("saw [bold]\ufffdxxx") and len(event.title) < 400
        assert str(event.fields["what"]).startswith("[bold]\ufffd")

    def test_many_events_of_one_kind(self, library: Library) -> None:
        """A warning of every step is told so many times."""
        log = (
            b"[deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: 4, reducing to 2\n"
        )

        assert MAX_OF_KIND == len(events_of(library, [log * (MAX_OF_KIND + 9)]))
