"""Trains until stdin is closed: `attach_steps.py WIDTH LAYERS STEP_MS DEVICE BLOCK_STEPS`.

Once a guest has come, blocks of so many steps run with its hooks in place and without them, in
pairs of random order; in every fifth pair both run without. Each block goes to stdout as its kind
(0 without, 1 with; in pairs to compare with 2 and 3), its processor time of all threads and its
wall time, in seconds.
"""

import gc
import os
import random
import select
import struct
import sys
import threading
import time
from typing import Any

import torch

PLAIN, HOOKED, FIRST, SECOND, READY = range(5)
SETTLE_S = 1.0
"""After a guest has come: its own import and first measurements are no cost of a step."""
REST_S = 0.003
"""After each block, until the guest's thread has sent what belongs to it."""

width, layers, wanted_s = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1e3
device, block_steps = sys.argv[4], int(sys.argv[5])
torch.set_num_threads(1)
torch.manual_seed(0)
layer = torch.nn.TransformerEncoderLayer(width, 4, 4 * width, 0.0, batch_first=True)
model = torch.nn.Sequential(torch.nn.TransformerEncoder(layer, layers), torch.nn.Linear(width, 1))
model.to(device)
optimizer = torch.optim.AdamW(model.parameters(), 1e-4)


def step(batch: int) -> None:
    """One step on a batch of sequences of 8, whose loss is read."""
    given = torch.randn(batch, 8, width, device=device)
    loss = (model(given) - given.sum(-1, keepdim=True)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    loss.item()
    if device == "cuda":
        torch.cuda.synchronize()


def best(batch: int) -> float:
    """The shortest of five steps, in seconds."""
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        step(batch)
        taken.append(time.perf_counter() - begun)
    return min(taken)


def choose_batch() -> int:
    """A batch whose step takes about as long as is wanted."""
    step(1)
    batch = 1
    while (took := best(batch)) < wanted_s:
        batch *= 2
    return max(1, round(batch * wanted_s / took))


def is_over() -> bool:
    """Whether whoever started us has closed our stdin."""
    return bool(select.select([0], [], [], 0)[0])


def find_guest() -> Any:
    """The guest in this process, once it has probed; None before."""
    if not any(thread.name == "logwatch-probe" for thread in threading.enumerate()):
        return None
    kind = "logwatch_guest.Guest"
    for item in gc.get_objects():
        if f"{type(item).__module__}.{type(item).__name__}" == kind and item.watches:
            return item
    return None


class Switch:
    """Takes the hooks of a guest out of torch and puts them back, as the guest itself does."""

    def __init__(self, guest: Any) -> None:
        self.guest = guest
        self.tables, self.wrap = guest.hooks
        self.out_since = 0.0

    def put(self, is_hooked: bool) -> None:
        """In or out. While they are out the guest's time stands still."""
        now = time.perf_counter()
        passed = now - self.out_since if is_hooked and self.out_since else 0.0
        self.out_since = 0.0 if is_hooked else self.out_since or now
        for name, proxy in self.tables.proxies:
            setattr(self.tables.module, name, proxy if is_hooked else proxy.hooks)
        self.wrap.module.backward = self.wrap.backward if is_hooked else self.wrap.original
        for watch in self.guest.watches.values():
            watch.last = 0.0  # what lies between is no long step
            watch.sent_at += passed
            watch.wake += passed


def run_block(kind: int, batch: int) -> None:
    """So many steps; what they took goes to stdout."""
    begun, used = time.perf_counter(), time.process_time()
    for _ in range(block_steps):
        step(batch)
    taken = time.perf_counter() - begun
    time.sleep(REST_S)
    os.write(1, struct.pack("<qdd", kind, time.process_time() - used, taken))


batch = choose_batch()
os.write(1, struct.pack("<qdd", READY, 0.0, 0.0))
while (guest := find_guest()) is None and not is_over():
    for _ in range(block_steps):
        step(batch)
until = time.perf_counter() + SETTLE_S
while time.perf_counter() < until and not is_over():
    step(batch)
chance, number = random.Random(5), 0
switch = Switch(guest) if guest is not None else None
while switch is not None and not is_over():
    number += 1
    kinds = (FIRST, SECOND) if number % 5 == 0 else chance.sample((PLAIN, HOOKED), 2)
    for kind in kinds:
        switch.put(kind == HOOKED)
        run_block(kind, batch)
    switch.put(True)
