"""The loss rules of other monitors at their own defaults: (n,) losses to (n,) alarms, causally.

Source of each rule: the file named in its docstring, as of 2026.
"""

from collections.abc import Callable

import numpy as np
from real_curves import Floats

Alarms = np.ndarray
Anchor = Callable[[Floats], Alarms]


def loss_not_decreasing(loss: Floats) -> Alarms:
    """SageMaker Debugger LossNotDecreasing: every 10 logs, not below the one 10 before.

    Source: awslabs/sagemaker-debugger-rulesconfig, `num_steps` 10, `diff_percent` 0.0.
    """
    alarm = np.zeros(len(loss), bool)
    for i in range(10, len(loss), 10):
        alarm[i] = not loss[i] < loss[i - 10]
    return alarm


def flagscale(loss: Floats) -> Alarms:
    """FlagScale SpikyLossDetector: a loss over 1.2 times the one before.

    Source: FlagOpen/FlagScale, spiky_loss.py, `threshold` 0.2.
    """
    alarm = np.zeros(len(loss), bool)
    alarm[1:] = loss[1:] - loss[:-1] > 0.2 * loss[:-1]
    return alarm


def llmc_z_score(loss: Floats) -> Alarms:
    """llm.c: z over 7 in a window of the last 128, itself among them.

    Source: karpathy/llm.c, outlier_detector.h; `-sl 7` in scripts/run_gpt3_125M.sh.
    """
    alarm = np.zeros(len(loss), bool)
    if len(loss) >= 128:
        windows = np.lib.stride_tricks.sliding_window_view(loss, 128)
        spread = windows.std(axis=1)
        with np.errstate(all="ignore"):
            alarm[127:] = (loss[127:] - windows.mean(axis=1)) / spread > 7
    return alarm


def kill_loss_spike(loss: Floats) -> Alarms:
    """MosaicML KillLossSpike: twice the window's mean for over 4 batches, or half of it over cap.

    Source: mosaicml/llm-foundry, callbacks/kill_loss_spike_callback.py: `window_size` a twentieth
    of the run and at least 100, `outlier_multiplier` 2, `loss_cap` 10.
    """
    width = max(100, len(loss) // 20)
    alarm, row = np.zeros(len(loss), bool), 0
    cap = min(10.0, float(np.max(loss[:width]))) if len(loss) >= width else np.inf
    for i in range(width, len(loss)):
        window = loss[i - width : i]
        row = row + 1 if loss[i] >= 2 * window.mean() else 0
        alarm[i] = row > 4 or np.count_nonzero(window > cap) > width / 2
    return alarm


def megatron(loss: Floats) -> Alarms:
    """Megatron-LM: NaN, or over 10 times the largest of the first 100.

    Source: NVIDIA/Megatron-LM, pretrain_gpt.py `SPIKY_LOSS_FACTOR` 10, rerun_state_machine.py.
    """
    alarm = np.isnan(loss)
    alarm[100:] |= loss[100:] > 10 * np.max(loss[:100], initial=-np.inf)
    return np.asarray(alarm)


def early_stopping(loss: Floats) -> Alarms:
    """Lightning EarlyStopping: no new best in 3 looks, or not finite.

    Source: Lightning-AI/pytorch-lightning, callbacks/early_stopping.py: `patience` 3,
    `min_delta` 0.0, `check_finite`.
    """
    alarm, best, wait = ~np.isfinite(loss), np.inf, 0
    for i, value in enumerate(loss):
        wait = 0 if value < best else wait + 1
        best = min(best, value) if np.isfinite(value) else best
        alarm[i] |= wait >= 3
    return alarm


def overfit(train: Floats, held: Floats) -> Alarms:
    """SageMaker Debugger Overfit: (val - train) / train over 0.1 once.

    Source: awslabs/sagemaker-debugger-rulesconfig, `ratio_threshold` 0.1, `patience` 1.
    """
    return np.asarray((held - train) / train > 0.1)


ANCHORS: dict[str, Anchor] = {
    "SageMaker LossNotDecreasing": loss_not_decreasing,
    "FlagScale +20 %": flagscale,
    "llm.c z > 7": llmc_z_score,
    "MosaicML KillLossSpike": kill_loss_spike,
    "Megatron-LM 10x and NaN": megatron,
    "Lightning EarlyStopping": early_stopping,
}
"""Those that look at one loss."""
