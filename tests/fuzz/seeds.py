"""What each entry is given first: sound input, of which the unsound is made."""

import json
from functools import lru_cache

from logwatch.parsing.library import Library
from logwatch.parsing.library_data import data_from
from logwatch.sources.dialects.load import dialect_folder

from .targets import known_library

DIALECT = b"""name = "mine"
title = "Mine"
source = "https://example.org/mine.py"

[[pattern]]
name = "batch"
kind = "regex"
match = '''^\\[batch (?P<step>\\d+)\\] objective (?P<loss>\\S+)$'''

[metrics]
took = { as = "step_time_s", unit = "ms" }

[[example]]
pattern = "batch"
text = "[batch 120] objective 0.532"
expect = { step = 120, "train/loss" = 0.532 }
"""

CONFIG = (
    b'[run]\nmax_steps = 1000\nepochs = 3\n\n[expect]\n"train/loss" = 2.0\n',
    b'walltime = "24:00:00"\nsilent = 60\n[rules.loss-spike]\nfactor = 3\n',
    b'baseline = "other.log"\nquiet = ["lr-zero"]\nlower = ["wer"]\nhigher = ["bleu"]\n',
)

RECORDING = (
    b'{"event": "attached", "pid": 12, "host": "n1", "python": "3.11"}\n'
    b'{"event": "group", "name": "all", "tensors": 3, "params": 12}\n'
    b'{"step": 1, "time": 1.5, "train/loss": 2.0, "lr/all": 0.001, "train/grad_norm": NaN}\n'
    b'{"step": 2, "time": 2.5, "train/loss": 1.9, "param_delta/median": 1e-05}\n',
    b'{"event": "stall", "seconds": 30, "frames": ["a (b.py:3)"]}\n{"event": "bye"}\n',
)

MESSAGES = (
    b'{"kind":"hello","version":1,"token":"x","pid":3}\n',
    b'{"kind":"tensors","optimizer":0,"groups":[{"name":"all"}],"tensors":[[0,0,"w",6],[1,0,"b",2]],'
    b'"orphans":{"names":["x"],"params":4}}\n'
    b'{"kind":"reading","step":3,"optimizer":0,"time":1.0,"times":[1,0.1,0.2],"gradless":[1],'
    b'"rates":[0.1],"losses":[2.0,null],"gradients":[1,2],"deltas":[0.1,0.2],"weights":[3,4]}\n',
    b'{"kind":"values","step":2,"time":1.0,"values":{"train/loss":2.0,"lr/all":"nan"},'
    b'"worst":{"train/grad_norm":"w"}}\n',
    b'{"kind":"cadence","every":10}\n{"kind":"stall","seconds":3,"frames":["a"]}\n',
    b'{"kind":"note","text":"x"}\n{"kind":"bye","why":"end"}\n',
)

WORDS = (
    b"check\na.log\n--json",
    b"export\na.log\n--format\ncsv",
    b"check\n--fail-on\nwarning\na.log\n--target\nloss=2",
    b"dialects\nshow\ngeneric",
    b"rules\nlr-zero",
    b"completion\nbash",
    b"dialects\ntest\na.log",
    b"a.log\n--ascii",
    b"attach\n12\n--every\n3",
)

PREFIXES = (
    b"[rank0]: 2024-01-02 03:04:05,678 - name - INFO - step 1 loss 2.0",
    b"12: [2024-01-02T03:04:05Z][INFO][a.py:12] (0/8) step 1",
    b"I0102 03:04:05.678901 123 a.cc:12] step 1",
    b"(pid=3, ip=1.2.3.4) WARNING:root: Epoch 1",
    b"[1,3]<stdout>: 01/02/2024 03:04:05 PM | x | INFO | loss 3",
)

LITERALS = (
    b"{'loss': 2.31, 'grad_norm': tensor(1.5, grad_fn=<MeanBackward0>), 'epoch': 0.1}",
    b'x {"step": 3, "a": {"b": [1, 2, {"c": 1e-5}]}, "lr": "3e-4"} y {"k": NaN}',
    b"Metrics(loss=0.3, acc=np.float32(0.5), array([1, 2]))",
)

ODD = (
    b"\x1b[31mstep 1\x1b[0m\rloss \xc2\x9b3m\xe2\x80\xae2.0 \x1b]0;t\x07\xff\xfe",
    b"\x1bPq#0\x1b\\step 2 \xf3\xa0\x80\x81loss\x00 1e400\n",
)


@lru_cache(1)
def example_lines() -> tuple[bytes, ...]:
    """The examples of all dialects, each a log of its own."""
    examples = (one.text for dialect in known_library().dialects for one in dialect.examples)
    return tuple(dict.fromkeys(text.encode() + b"\n" for text in examples))


@lru_cache(1)
def seeds() -> dict[str, tuple[bytes, ...]]:
    """Sound inputs of each target."""
    lines = example_lines()
    tables = tuple(path.read_bytes() for path in sorted(dialect_folder().glob("*.toml")))
    small = Library([d for d in known_library().dialects if d.name in ("llmc", "logwatch-probe")])
    return {
        "lines": (*lines, *ODD),
        "shapes": (*lines, *ODD),
        "sanitize": (*ODD, *lines[:50]),
        "literals": LITERALS,
        "prefix": PREFIXES,
        "dialect": (DIALECT, *(text for text in tables if len(text) < 2000)),
        "config": CONFIG,
        "recording": RECORDING,
        "messages": MESSAGES,
        "words": WORDS,
        "cache": (json.dumps(data_from(small)).encode(),),
    }
