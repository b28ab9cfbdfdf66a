"""A tiny GPT-2 with random weights learns to count, under the Trainer; `no-bar` turns tqdm off."""

import sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments, set_seed

VOCABULARY, LENGTH = 64, 16


class Counting(torch.utils.data.Dataset):
    """Rows that count upwards from a random number, in steps of one to three."""

    def __init__(self, rows: int, seed: int) -> None:
        dice = torch.Generator().manual_seed(seed)
        start = torch.randint(VOCABULARY, (rows, 1), generator=dice)
        step = torch.randint(1, 4, (rows, 1), generator=dice)
        self.rows = (start + step * torch.arange(LENGTH)) % VOCABULARY

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int):
        return {"input_ids": self.rows[i], "labels": self.rows[i]}


def main(no_bar: bool) -> None:
    set_seed(1)
    tokens = {"bos_token_id": 0, "eos_token_id": 0}
    shape = {"n_positions": LENGTH, "n_embd": 32, "n_layer": 2, "n_head": 2}
    model = GPT2LMHeadModel(GPT2Config(vocab_size=VOCABULARY, **shape, **tokens))
    settings = TrainingArguments(
        output_dir="out", num_train_epochs=3, per_device_train_batch_size=8, learning_rate=5e-3,
        warmup_steps=10, logging_steps=5, eval_strategy="steps", eval_steps=25, save_steps=50,
        report_to="none", use_cpu=True, disable_tqdm=no_bar,
    )  # fmt: skip
    trainer = Trainer(
        model=model, args=settings, train_dataset=Counting(400, 1), eval_dataset=Counting(80, 2)
    )
    trainer.train()
    trainer.evaluate()


if __name__ == "__main__":
    main(no_bar="no-bar" in sys.argv)
