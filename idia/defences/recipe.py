"""The numbers that shape the unlearning of names, apart from the names."""

from dataclasses import dataclass
from typing import final

from idia.errors import SettingError

_MOST = 2**63


@final
@dataclass(frozen=True, slots=True)
class UnlearningRecipe:
    """How a text encoder is taught to forget names.

    Attributes:
        steps: Optimiser steps.
        learning_rate: Learning rate of AdamW at the start; it falls along a cosine to 0. Nothing decays.
        retain_weight: What an error on a text that is to stay counts, where one on a forgotten name counts 1.
        residue_weight: What the residue counts: how far what is left of a name points to where it was.
        forgotten_batch: Sentences with forgotten names per step.
        kept_batch: Sentences with kept names per step, where there are any.
        captions_batch: Captions without a name per step.
        target: What stands in for a forgotten name.
        seed: Decides which texts come in which step.
        threads: Processor threads. Sums of floats depend on their number, so it is fixed rather than found out.

    Raises:
        SettingError: A value is out of range.
    """

    steps: int = 250
    learning_rate: float = 5e-4
    retain_weight: float = 3.0
    residue_weight: float = 3.0
    forgotten_batch: int = 64
    kept_batch: int = 64
    captions_batch: int = 96
    target: str = "a person"
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        for what, number, least in (
            ("number of steps", self.steps, 1),
            ("number of sentences with forgotten names", self.forgotten_batch, 1),
            ("number of sentences with kept names", self.kept_batch, 1),
            ("number of captions", self.captions_batch, 1),
            ("seed", self.seed, 0),
            ("number of threads", self.threads, 1),
        ):
            if isinstance(number, bool) or not isinstance(number, int) or not least <= number < _MOST:
                raise SettingError(f"the {what} must be a whole number from {least}, got {number!r}.")
        for what, value, low, high in (
            ("learning rate", self.learning_rate, 1e-12, 1.0),
            ("weight of what stays", self.retain_weight, 0.0, 1e6),
            ("weight of the residue", self.residue_weight, 0.0, 1e6),
        ):
            # Not `value > most`, which not-a-number would pass.
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise SettingError(f"the {what} must be a number from {low:g} to {high:g}, got {value!r}.")
        if not isinstance(self.target, str) or not self.target.strip():
            raise SettingError(f"the target must be the words that stand in for a name, got {self.target!r}.")
