"""A small seeded training: every target runs the same, each in its own surroundings.

Each step's loss goes to stdout as `STEP HEX`, so that two runs can be compared bit by bit. It runs
until stdin is closed, then says `end`.
"""

import os
import select
import sys

import torch

torch.set_num_threads(1)


class Training:
    """A transformer layer that learns to add, with two parameter groups."""

    def __init__(self):
        self._random = torch.Generator().manual_seed(7)
        torch.manual_seed(7)
        self.layer = torch.nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.head = torch.nn.Linear(16, 1)
        groups = [
            {"params": self.layer.parameters(), "lr": 1e-3, "name": "layer"},
            {"params": self.head.parameters(), "lr": 1e-2, "name": "head"},
        ]
        self.optimizer = torch.optim.AdamW(groups)
        self.steps = 0

    def step(self):
        """One optimizer step; its loss is printed."""
        given = torch.randn(4, 8, 16, generator=self._random)
        loss = (self.head(self.layer(given)) - given.sum(-1, keepdim=True)).pow(2).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        os.write(1, f"{self.steps} {loss.item().hex()}\n".encode())


def is_over():
    """Whether whoever started us has closed our stdin."""
    return bool(select.select([0], [], [], 0)[0])


def run(between=lambda: None):
    """Train until stdin is closed, with something else between two steps."""
    training = Training()
    while not is_over():
        training.step()
        between()


def end():
    """Say that the run ended as it should, and end without waiting for helpers."""
    os.write(1, b"end\n")
    sys.exit(0)
