"""Supervised fine-tuning with TRL: a tiny random GPT-2 and a tokenizer of forty made words."""

import random

from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast, set_seed
from trl import SFTConfig, SFTTrainer

WORDS = [a + b for a in ("ba", "do", "ki", "lu", "me") for b in "bdfgklmn"]


def make_texts(rows: int, seed: int) -> Dataset:
    """Sentences in which each word is followed by one of its two neighbours."""
    dice, texts = random.Random(seed), []
    for _ in range(rows):
        at = dice.randrange(len(WORDS))
        places = [at := (at + dice.choice((1, 2))) % len(WORDS) for _ in range(dice.randint(8, 20))]
        texts.append({"text": " ".join(WORDS[place] for place in places)})
    return Dataset.from_list(texts)


def make_tokenizer() -> PreTrainedTokenizerFast:
    """One token for each word."""
    vocabulary = {word: i for i, word in enumerate(["<pad>", "<eos>", "<unk>", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )


def main() -> None:
    set_seed(1)
    tokenizer = make_tokenizer()
    shape = {"n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 2}
    tokens = {"bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0}
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), **shape, **tokens))
    settings = SFTConfig(
        output_dir="out", num_train_epochs=2, per_device_train_batch_size=8, learning_rate=5e-3,
        logging_steps=5, eval_strategy="epoch", save_strategy="epoch", report_to="none",
        use_cpu=True, bf16=False, max_length=32, gradient_checkpointing=False,
    )  # fmt: skip
    trainer = SFTTrainer(
        model=model, args=settings, processing_class=tokenizer,
        train_dataset=make_texts(320, 1), eval_dataset=make_texts(64, 2),
    )  # fmt: skip
    trainer.train()


if __name__ == "__main__":
    main()
