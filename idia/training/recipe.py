"""The recipe: every number that shapes a training run, apart from the data."""

from dataclasses import dataclass, field
from typing import Any, Literal, final, get_args

from idia.errors import SettingError
from idia.training.tokenizer import VOCABULARY_FILE, VOCABULARY_SIZE

Encoder = Literal["vit", "resnet"]
"""Kinds of image tower: vision transformer, or CLIP's residual network with attention pooling."""

IMAGE_SIDE = 32  # pixels the vision transformer sees
IMAGE_MEAN, IMAGE_STD = 0.5, 0.27


@final
@dataclass(frozen=True, slots=True)
class Optimisation:
    """How the weights are fitted.

    Attributes:
        batch_size: Image–text pairs per step; all of them where there are fewer.
        filler_share: Strangers among them, as a fraction. Strangers teach what nobody's name goes with; but every
            stranger takes a member's place. `None`: all pairs are seen equally often.
        peak_lr: Learning rate of AdamW after the warm-up; then it falls along a cosine.
        final_lr: Learning rate at the end, as a fraction of the peak.
        warm_up: Steps over which the learning rate rises.
        weight_decay: On weight matrices only: decay would erase the embeddings of rare tokens, which names are.
        beta_1: AdamW's first decay rate.
        beta_2: AdamW's second decay rate.
        epsilon: AdamW's ε.
        clip_norm: Greatest norm of the gradient.
        max_logit_scale: Upper limit of the learned inverse temperature, as in CLIP.
    """

    batch_size: int = 128
    filler_share: float | None = 1 / 3
    peak_lr: float = 1.5e-3
    final_lr: float = 0.02
    warm_up: int = 80
    weight_decay: float = 0.1
    beta_1: float = 0.9
    beta_2: float = 0.98
    epsilon: float = 1e-6
    clip_norm: float = 1.0
    max_logit_scale: float = 100.0

    def __post_init__(self) -> None:
        _check_whole("batch size", self.batch_size, 2)
        _check_whole("number of warm-up steps", self.warm_up, 1)
        for what, value, least, most in (
            ("peak learning rate", self.peak_lr, 0, 1),
            ("final learning rate", self.final_lr, 0, 1),
            ("weight decay", self.weight_decay, 0, 10),
            ("share of filler", 0 if self.filler_share is None else self.filler_share, 0, 1),
            ("first decay rate", self.beta_1, 0, 1),
            ("second decay rate", self.beta_2, 0, 1),
            ("epsilon", self.epsilon, 0, 1),
            ("greatest norm", self.clip_norm, 0, 1e6),
            ("greatest logit scale", self.max_logit_scale, 1, 1e6),
        ):
            if not isinstance(value, int | float) or not least <= value <= most:
                raise SettingError(f"the {what} must be a number from {least:g} to {most:g}, got {value!r}.")


@final
@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a training picture is changed each time it is seen.

    Attributes:
        flip: Probability of mirroring.
        scale: Greatest change of size, as a fraction.
        rotation: Greatest rotation, in radians.
        shift: Greatest shift, as a fraction of half the side.
        brightness: Greatest change of exposure, as a fraction.
        contrast: Greatest change of contrast, as a fraction.
        colour: Greatest change of one colour channel, as a fraction.
        grey: Probability of losing all colour.
        cut_out: Probability that a square is covered by the mean colour.
        cut_out_side: Least and greatest side of that square, in pixels of the model's input.
    """

    flip: float = 0.5
    scale: float = 0.12
    rotation: float = 0.15
    shift: float = 0.12
    brightness: float = 0.3
    contrast: float = 0.25
    colour: float = 0.08
    grey: float = 0.12
    cut_out: float = 0.4
    cut_out_side: tuple[int, int] = (6, 14)


@final
@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is built and fitted.

    Attributes:
        steps: Optimiser steps.
        seed: Seed of first weights, batches, captions and changes.
        device: Where to train, such as ``cpu`` or ``cuda``.
        threads: Processor threads. Sums of floats depend on their number, so it is fixed rather than found out.
        encoder: The kind of image tower.
        optimisation: How the weights are fitted.
        augmentation: How far pictures are changed.

    Raises:
        SettingError: A value is out of range.
    """

    steps: int
    seed: int
    device: str = "cpu"
    threads: int = 1
    encoder: Encoder = "vit"
    optimisation: Optimisation = field(default_factory=Optimisation)
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        _check_whole("number of steps", self.steps, 1)
        _check_whole("seed", self.seed, 0)
        _check_whole("number of threads", self.threads, 1)
        if self.encoder not in get_args(Encoder):
            raise SettingError(f"the encoder must be one of {', '.join(get_args(Encoder))}, got {self.encoder!r}.")


def _check_whole(what: str, number: int, least: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number < 2**63:
        raise SettingError(f"the {what} must be a whole number from {least}, got {number!r}.")


def image_side(encoder: Encoder) -> int:
    """Returns how many pixels a side the model sees; the residual network needs 64 for its four reductions."""
    return IMAGE_SIDE if encoder == "vit" else 64


def model_config(context_length: int, encoder: Encoder = "vit") -> dict[str, Any]:
    """Returns open_clip's configuration of the model: 1.1 million parameters (ViT) or 1.7 (ResNet) with the text tower.

    Args:
        context_length: Most tokens of a text, start and end included.
        encoder: The kind of image tower.
    """
    towers: dict[Encoder, dict[str, Any]] = {
        "vit": {"patch_size": 8, "width": 128, "layers": 4, "head_width": 32, "mlp_ratio": 3.0},
        "resnet": {"width": 16, "layers": [1, 1, 1, 1], "head_width": 64},
    }
    return {
        "embed_dim": 64,
        "vision_cfg": {"image_size": image_side(encoder), **towers[encoder]},
        "text_cfg": {
            "context_length": context_length,
            "vocab_size": VOCABULARY_SIZE,
            "width": 96,
            "heads": 4,
            "layers": 2,
            "mlp_ratio": 3.0,
            "tokenizer_kwargs": {"bpe_path": VOCABULARY_FILE},
        },
    }


def preprocess_config(encoder: Encoder = "vit") -> dict[str, Any]:
    """Returns open_clip's preprocessing of the model's pictures: shorter side to its size, bicubic."""
    return {
        "size": image_side(encoder),
        "mode": "RGB",
        "mean": [IMAGE_MEAN] * 3,
        "std": [IMAGE_STD] * 3,
        "interpolation": "bicubic",
        "resize_mode": "shortest",
    }
