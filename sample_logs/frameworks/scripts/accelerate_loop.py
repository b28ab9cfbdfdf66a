"""A loop of one's own under accelerate, with its logger, its bar and a checkpoint at each epoch."""

import logging

import torch
from accelerate import Accelerator
from accelerate.logging import get_logger
from accelerate.utils import set_seed
from tqdm.auto import tqdm

EPOCHS, LOG_EVERY = 3, 5
logger = get_logger(__name__)
logging.basicConfig(
    level=logging.INFO,
    format="%(asctime)s - %(levelname)s - %(name)s - %(message)s",
    datefmt="%m/%d/%Y %H:%M:%S",
)


def make_loader(rows: int, seed: int):
    """A noisy linear relation of eight numbers."""
    dice = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 8, generator=dice)
    y = x.sum(1, keepdim=True) + 0.1 * torch.randn(rows, 1, generator=dice)
    data = torch.utils.data.TensorDataset(x, y)
    return torch.utils.data.DataLoader(data, batch_size=16, shuffle=True)


def main() -> None:
    set_seed(1)
    accelerator = Accelerator(cpu=True)
    model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    loaders = make_loader(480, 1), make_loader(160, 2)
    model, optimizer, train, val = accelerator.prepare(model, optimizer, *loaders)
    logger.info("***** Running training *****")
    logger.info(f"  Num Epochs = {EPOCHS}")
    logger.info(f"  Total optimization steps = {EPOCHS * len(train)}")
    bar, done = tqdm(range(EPOCHS * len(train)), disable=not accelerator.is_local_main_process), 0
    for epoch in range(EPOCHS):
        for x, y in train:
            with accelerator.accumulate(model):
                loss = torch.nn.functional.mse_loss(model(x), y)
                accelerator.backward(loss)
                optimizer.step()
                optimizer.zero_grad()
            bar.update(1)
            done += 1
            if done % LOG_EVERY == 0:
                bar.set_postfix(step_loss=loss.detach().item(), lr=optimizer.param_groups[0]["lr"])
        with torch.no_grad():
            losses = [torch.nn.functional.mse_loss(model(x), y) for x, y in val]
        val_loss = accelerator.gather(torch.stack(losses)).mean().item()
        accelerator.print(f"epoch {epoch}: {{'val_loss': {val_loss}}}")
        accelerator.save_state(f"epoch_{epoch}")
    accelerator.end_training()


if __name__ == "__main__":
    main()
