"""Training with long calls into C that hold no GIL."""

import torch
from training import end, run

BIG = torch.ones(800, 800)

run(lambda: torch.mm(BIG, BIG))
end()
