"""Training that waits for a worker process of a DataLoader."""

import time

import torch
from training import end, run


class Slow(torch.utils.data.IterableDataset):
    """An endless dataset that takes its time."""

    def __iter__(self):
        while True:
            time.sleep(0.05)
            yield torch.zeros(1)


loader = iter(torch.utils.data.DataLoader(Slow(), num_workers=1, prefetch_factor=1))
run(lambda: next(loader))
end()
