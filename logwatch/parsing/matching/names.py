"""One name for one quantity: what a program's own words mean, and in which unit they come."""

from dataclasses import dataclass, field
from functools import lru_cache

import regex

AXES = {
    "step": "step", "steps": "step", "global_step": "step", "iter": "step", "iters": "step",
    "iteration": "step", "iterations": "step", "it": "step", "update": "step", "updates": "step",
    "global_iter": "step", "global_iteration": "step", "round": "step",
    "num_updates": "step", "n_iter": "step", "global_steps": "step", "train_step": "step",
    "step_num": "step",
    "batch": "batch", "batches": "batch", "batch_idx": "batch", "i": "batch", "minibatch": "batch",
    "episode": "batch", "episodes": "batch",
    "轮": "epoch", "轮次": "epoch", "轮数": "epoch", "训练轮数": "epoch", "回合": "epoch",
    "步": "step", "步数": "step", "迭代": "step", "迭代次数": "step", "训练次数": "step",
    "エポック": "epoch", "ステップ": "step", "에폭": "epoch", "에포크": "epoch", "스텝": "step",
    "эпоха": "epoch", "шаг": "step", "итерация": "step", "época": "epoch", "époque": "epoch",
    "epoche": "epoch", "paso": "step", "étape": "step", "schritt": "step",
    "epoch": "epoch", "epochs": "epoch", "ep": "epoch", "epoch_num": "epoch",
}  # fmt: skip
"""Words for the counters of a line; `batch` gives way to a step: it counts within an epoch."""

PHASES = {
    "train": "train", "training": "train", "tr": "train", "trian": "train",
    "eval": "eval", "val": "eval", "valid": "eval", "validation": "eval", "dev": "eval",
    "evaluation": "eval", "test": "test", "testing": "test",
    "va": "eval", "te": "test",
    "训练": "train", "訓練": "train", "学習": "train", "학습": "train", "훈련": "train",
    "验证": "eval", "驗證": "eval", "検証": "eval", "검증": "eval",
    "测试": "test", "測試": "test", "テスト": "test", "테스트": "test",
}  # fmt: skip
"""Words for the phase of a metric. `trian` is a slip that a real log holds in every line."""

OTHER_SCRIPTS = tuple(word for word in PHASES if not word.isascii())
"""Words of a phase that stand right before a quantity, without a blank: 训练损失."""

UNPHASED = {
    "lr": "lr", "learning_rate": "lr", "lrate": "lr", "learningrate": "lr", "cur_lr": "lr",
    "current_lr": "lr", "学习率": "lr", "學習率": "lr", "学習率": "lr", "학습률": "lr",
    "loss_scale": "loss_scale", "grad_scale": "loss_scale", "lossscale": "loss_scale",
    "tokens_per_sec": "tokens_per_s", "tokens_per_second": "tokens_per_s", "tok/s": "tokens_per_s",
    "tok/sec": "tokens_per_s", "tokens/s": "tokens_per_s", "tokens/sec": "tokens_per_s",
    "samples/sec": "samples_per_s", "samples_per_second": "samples_per_s",
    "samples_per_s": "samples_per_s", "samples/s": "samples_per_s", "img/s": "samples_per_s",
    "images/sec": "samples_per_s", "images/s": "samples_per_s", "imgs/s": "samples_per_s",
    "img/sec": "samples_per_s", "examples/s": "samples_per_s", "examples/sec": "samples_per_s",
    "images_per_second": "samples_per_s", "examples_per_second": "samples_per_s",
    "samples_per_sec": "samples_per_s", "images_per_sec": "samples_per_s",
    "steps_per_second": "steps_per_s", "it/s": "steps_per_s", "steps_per_s": "steps_per_s",
    "steps_per_sec": "steps_per_s", "steps/s": "steps_per_s", "steps/sec": "steps_per_s",
    "step/s": "steps_per_s", "it/sec": "steps_per_s", "iter/s": "steps_per_s",
    "iters/s": "steps_per_s", "iters/sec": "steps_per_s", "batches_per_second": "steps_per_s",
    "batches_per_sec": "steps_per_s", "batch/s": "steps_per_s", "batches/s": "steps_per_s",
    "iterations_per_second": "steps_per_s", "its/s": "steps_per_s",
    "tokens_per_s": "tokens_per_s", "tps": "tokens_per_s",
    "elapsed_s": "elapsed_s", "tokens_per_s_per_gpu": "tokens_per_s_per_gpu",
    "samples_per_s_per_gpu": "samples_per_s_per_gpu",
    "tflops_per_gpu": "tflops_per_gpu",
    "mfu": "mfu", "step_time_s": "step_time_s", "gpu_mem_bytes": "gpu_mem_bytes",
}  # fmt: skip
"""Quantities of the run as a whole."""

ALIASES = {
    "loss": "loss", "losses": "loss", "total_loss": "loss", "loss_total": "loss",
    "mean_loss": "loss", "avg_loss": "loss", "average_loss": "loss", "lm_loss": "loss",
    "cross_entropy_loss": "loss", "batch_loss": "loss", "step_loss": "loss", "loss_step": "loss",
    "running_loss": "loss", "loss_function": "loss", "tr_loss": "loss", "cost": "loss",
    "ppl": "perplexity", "perplexity": "perplexity",
    "acc": "accuracy", "accuracy": "accuracy", "reward": "reward",
    "grad_norm": "grad_norm", "gradnorm": "grad_norm", "gnorm": "grad_norm",
    "gradient_norm": "grad_norm",
    "损失": "loss", "損失": "loss", "损失值": "loss", "손실": "loss", "потери": "loss",
    "perte": "loss", "verlust": "loss", "pérdida": "loss", "perda": "loss",
    "准确率": "accuracy", "准确度": "accuracy", "精度": "accuracy", "正確率": "accuracy",
    "정확도": "accuracy", "точность": "accuracy", "genauigkeit": "accuracy",
    "précision": "accuracy", "exactitude": "accuracy", "precisión": "accuracy",
}  # fmt: skip
"""Quantities of a phase."""

MAX_NAME = 200
"""Characters of a name; a longer key is a text."""

MEANINGS = 4096
"""Keys whose meaning is remembered, as the same ones come on each line; two megabytes at most."""

LOSS_WORD = regex.compile(
    r"(?:^|[_/ .-])(?:loss(?:es)?|nll|xent|bpb|bpc|ppl|perplexity|acc(?:uracy)?|reward|"
    r"mse|mae|rmse|elbo|bleu|wer|cer|miou|mAP(?![_ ][a-z])|auc|f1(?!\d)|dice|psnr|ssim|"
    r"(?:train|val|valid|validation|test)[_ ](?:err(?:or)?|score)|"
    r"(?:episodic|episode|ep|eval|mean|average|avg|total)[_ ](?:score|returns?))"
    r"(?:$|[_/ .@-]|\d)|^cost$|(?<=[a-z0-9])(?-i:Loss)(?![a-z])"
    r"|损失|損失|손실|准确|精度|正確率|정확도|потер|точност|^(?:perte|verlust|pérdida|perda)\b",
    regex.IGNORECASE,
)
"""A word that says that a line reports how training goes."""

SETTING_WORD = regex.compile(
    r"weight|coef|scale|alpha|beta|lambda|gamma|eps|fn|func|type|name|ratio|threshold|smooth|"
    r"decay|warmup|patience|best|improv|target|mult|factor|margin|clip|temp|steps?$|interval|every|"
    r"freq|delta|limit|toler|(?:^|_)(?:max|min)_",
    regex.IGNORECASE,
)
"""A word that says that a number is a setting or a record, not a measurement."""

MEAN_WORD = regex.compile(
    r"(?:^|[_ ./-])(?:avg|average|mean|running|smooth(?:ed)?|moving|ema)(?:$|[_ ./-])",
    regex.IGNORECASE,
)
"""A word that says that a number is a mean over several batches."""

IDENTITIES = {"node", "rank", "gpu", "worker", "pid", "seed", "version", "fold", "port"}
"""Words before a number that tells who speaks."""

PROSE = regex.compile(
    r".*\b(?:a|after|an|and|are|at|by|far|for|from|in|is|of|on|or|so|than|that|the|to|was|with)"
    r"\b[ ]?",
    regex.IGNORECASE,
)
"""Words of a sentence; a quantity is named after the last of them."""

WEIGHT_NAME = regex.compile(r"(?:(?P<a>.+?)_weight|weights?[./](?P<b>.+))$")
SPLIT_PHASE = regex.compile(
    r"(?P<mean>(?:avg|average|mean|running|epoch)[_ ])?"
    r"(?P<phase>[A-Za-z]+)(?:[/_ .-]+|$)(?P<rest>.*)",
    regex.IGNORECASE,
)
SPOKEN_PHASE = regex.compile(r"(?:\w+ )?(?P<phase>[A-Za-z]+)\.? +\w")
PHASE_LAST = regex.compile(
    r"(?P<rest>.*)[/_ .-](?P<phase>train|val|valid|validation|test|eval)$", regex.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a raw key means: a metric's full name, or one of the counters (`axis`).

    `phased`: the key itself names its phase.
    """

    metric: str = ""
    axis: str = ""
    phased: bool = field(default=False, compare=False)


def name_metric(key: str, phase: str = "train", as_is: str = "") -> Meaning:
    """The meaning of a program's word, met in a phase; `as_is` is the dialect's own translation.

    A translation with a `/` is a full name; `-` drops the key and gives an empty meaning.
    """
    if as_is == "-":
        return Meaning()
    word = regex.sub(r"[\s]+", "_", (as_is or key).strip().strip("'\"")).rstrip(":")
    if len(word) > MAX_NAME:
        return Meaning()
    if "/" in as_is or as_is in UNPHASED.values():
        return Meaning(as_is, phased=True)
    split = None
    if not as_is:
        weight = WEIGHT_NAME.fullmatch(word.lower())
        if word.lower() in AXES or weight:
            axis = AXES.get(word.lower(), "")
            return Meaning(f"weight/{weight['a'] or weight['b']}" if weight else "", axis)
        split = _split_phase(word)
        phase, word = split or (phase, word)
    if word.lower() in UNPHASED:
        return Meaning(UNPHASED[word.lower()])
    return Meaning(
        f"{phase}/{ALIASES.get(word.lower().replace('-', '_'), word)}" if word else "",
        phased=split is not None,
    )


def _split_phase(word: str) -> tuple[str, str] | None:
    """`val_loss` is `loss` of the phase `eval`; a bare `val` is its loss."""
    found = SPLIT_PHASE.fullmatch(word)
    if found and found["phase"].lower() in PHASES and (found["rest"] or not found["mean"]):
        return PHASES[found["phase"].lower()], found["rest"] or "loss"
    for phase in OTHER_SCRIPTS:
        if word.startswith(phase) and len(word) > len(phase):
            return PHASES[phase], word[len(phase) :]
    last = PHASE_LAST.fullmatch(word)
    return (PHASES[last["phase"].lower()], last["rest"]) if last else None


def spoken_phase(key: str) -> str:
    """The phase that a key names in a word of its own, for what follows it: `Val Loss`; or ""."""
    found = SPOKEN_PHASE.match(key)
    return PHASES.get(found["phase"].lower(), "") if found else ""


def end_of_prose(key: str) -> int:
    """Where a quantity's name begins in `accuracy at epoch`: after the last word of a sentence."""
    found = PROSE.match(key)
    return found.end() if found else 0


def is_mean(key: str) -> bool:
    """Whether a raw key names a mean over several batches."""
    return bool(MEAN_WORD.search(key[:MAX_NAME]))


def is_measurement(key: str) -> bool:
    """Whether a raw key names a loss or a score, and no setting of one."""
    return bool(LOSS_WORD.search(key)) and not is_setting(key)


def is_setting(key: str) -> bool:
    """Whether a raw key names a setting or a record."""
    return bool((_find_setting if len(key) <= MAX_NAME else SETTING_WORD.search)(key))


_find_setting = lru_cache(MEANINGS)(SETTING_WORD.search)
