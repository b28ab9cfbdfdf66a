"""Trains for ever; what stands on stdin is run in the main thread, as an injector would run it.

With `hooks` as argument other tools have hooked the optimizers before us. Prints each step's loss.
"""

# ruff: noqa: T201, SIM115
import select
import sys

import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(16, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
calls = []


def count(*arguments):
    """What a profiler's hook does: a little Python, in which other threads may run."""
    calls.append(sum(range(200)))


if "hooks" in sys.argv:
    for _ in range(3):
        register_optimizer_step_pre_hook(count)
        register_optimizer_step_post_hook(count)

stdin = open(0, "rb", buffering=0)
print("ready", flush=True)
step = 0
while True:
    loss = model(torch.randn(32, 16)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    step += 1
    if select.select([stdin], [], [], 0.0)[0]:
        line = stdin.readline().decode()
        if line == "facts\n":
            import threading

            module = sys.modules["torch.optim.optimizer"]
            tables = (module._global_optimizer_pre_hooks, module._global_optimizer_post_hooks)
            print(
                "facts",
                step,
                len(calls) == 6 * step if "hooks" in sys.argv else True,
                *(type(table).__name__ for table in tables),
                torch.autograd.backward.__module__,
                [thread.name for thread in threading.enumerate()],
                sorted(name for name in (*sys.modules, *globals()) if "logwatch" in name),
                flush=True,
            )
        elif line == "end\n":
            break
        elif line:
            exec(line)
print("end", step, loss.item().hex(), flush=True)
