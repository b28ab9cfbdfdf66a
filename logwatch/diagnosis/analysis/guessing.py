"""Levels of a loss that those have who only guess: ln C of C classes."""

import math

from logwatch.diagnosis.analysis import wording

CHANCE = {2: "two", 3: "three", 10: "ten", 100: "a hundred", 1000: "a thousand"}
CHANCE_NEAR = 0.003
"""A loss this near to ln C, relative, is that of guessing evenly among C classes.
Example: an MNIST run of DeepDiagnosis/ICSE2022 stays at 2.302 for 100 epochs; ln 10 = 2.3026."""

ERRORS, NEAREST = 2.0, 0.01
"""Standard errors of the level that are allowed for beside it, and at most so much in all: between
ln 50,257 and ln 100,277 lie 6 %."""

VOCABULARIES = {
    30_522: "BERT",
    32_000: "Llama 2",
    50_257: "GPT-2",
    50_304: "GPT-2 (padded)",
    100_277: "cl100k",
    128_256: "Llama 3",
    151_936: "Qwen",
    250_880: "BLOOM",
    256_000: "Gemma",
}
"""Sizes of vocabularies in wide use. Source: `vocab_size` in the models' config.json at
huggingface.co; karpathy/nanoGPT (50304), openai/tiktoken (cl100k_base)."""

LARGE = 1000
"""From so many classes on, guessing is left at once by what learns at all; it is what a last layer
that begins at zero costs. Among two a run may rest for epochs (public curves, DeepDiagnosis)."""


def small_classes(level: float) -> int | None:
    """The number of classes, of the usual small ones, among which such a loss guesses evenly."""
    return next((c for c in CHANCE if _is_near(level, c)), None)


def vocabulary(level: float, declared: float = 0.0, error: float = 0.0) -> float | None:
    """The size of the vocabulary, declared or in wide use, over which such a loss guesses evenly.

    `declared` is 0 where nothing was said, `error` the level's standard error. None where there is
    none of `LARGE` or more.
    """
    sizes = [declared] if declared else list(VOCABULARIES)
    near = min(CHANCE_NEAR + ERRORS * error / level, NEAREST) if level > 0 else 0.0
    return next((float(c) for c in sizes if c >= LARGE and _is_near(level, c, near)), None)


def name_classes(level: float, declared: float = 0.0, error: float = 0.0) -> str:
    """What a level says of the classes that are guessed among, as a sentence; empty for others."""
    size = small_classes(level)
    if size is not None:
        return _sentence(level, str(size), f"{CHANCE[size]} classes")
    large = vocabulary(level, declared, error)
    if large is None:
        return ""
    whose = VOCABULARIES.get(int(large), "") if not declared else ""
    among = f"the tokens of {whose}" if whose else f"{wording.counted(large)} classes"
    return _sentence(level, wording.counted(large), among)


def _sentence(level: float, size: str, among: str) -> str:
    return f" {wording.figure(level)} is near ln {size}, what guessing evenly among {among} costs."


def _is_near(level: float, classes: float, near: float = CHANCE_NEAR) -> bool:
    return abs(level / math.log(classes) - 1) < near
