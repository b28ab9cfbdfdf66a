"""A seeded training: `gpu_target.py DEVICE STEPS`; each loss to stdout as `STEP HEX`."""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.attach.trainings import Model

device, steps = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.manual_seed(0)
model = Model(64, 32).to(device)
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
for number in range(1, steps + 1):
    words = torch.randint(0, 64, (4, 16)).to(device)
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(words).flatten(0, 1), words.flatten())
    loss.backward()
    optimizer.step()
    print(number, loss.item().hex(), flush=True)
