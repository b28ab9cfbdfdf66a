"""Ultralytics trains its smallest detector from random weights on made pictures of squares."""

import os
import shutil
from pathlib import Path

os.environ["YOLO_CONFIG_DIR"] = str(Path("settings").resolve())  # its fonts and settings stay here
import matplotlib
import numpy as np
import torch
from PIL import Image

# PyPI's torchvision cannot load its operators beside a torch for CPUs; it wants two declared.
# Ultralytics' own takes its place.
OPERATORS = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    OPERATORS.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision  # noqa: E402
from ultralytics import YOLO  # noqa: E402
from ultralytics.utils import USER_CONFIG_DIR  # noqa: E402
from ultralytics.utils.nms import TorchNMS  # noqa: E402

torchvision.ops.nms = TorchNMS.nms

SIDE, PICTURES = 64, {"train": 24, "val": 8}


def write_pictures(folder: Path) -> None:
    """Noise with one bright square, and a label that says where it is."""
    dice = np.random.default_rng(1)
    for part, count in PICTURES.items():
        images, labels = folder / "images" / part, folder / "labels" / part
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for i in range(count):
            picture = dice.integers(100, size=(SIDE, SIDE, 3), dtype=np.uint8)
            left, top, size = (*dice.integers(0, 32, 2), dice.integers(16, 32))
            picture[top : top + size, left : left + size] = 230
            Image.fromarray(picture).save(images / f"{i}.png")
            box = [(left + size / 2) / SIDE, (top + size / 2) / SIDE, size / SIDE, size / SIDE]
            (labels / f"{i}.txt").write_text("0 " + " ".join(f"{x:.4f}" for x in box))


def main() -> None:
    data = Path("data").resolve()
    write_pictures(data)
    # It downloads a font unless one is there; matplotlib brings one.
    font = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"
    shutil.copy(font, USER_CONFIG_DIR / "Arial.ttf")
    Path("data.yaml").write_text(
        f"path: {data}\ntrain: images/train\nval: images/val\nnames: {{0: square}}\n"
    )
    YOLO("yolo11n.yaml").train(
        data="data.yaml", epochs=3, imgsz=SIDE, batch=4, workers=0, device="cpu", plots=False
    )


if __name__ == "__main__":
    main()
