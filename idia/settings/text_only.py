"""What was asked for of text-only identity inference: its modes, and the texts that its detectors are fitted on."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from idia.errors import SettingError
from idia.models.folders import did_you_mean, is_shipped
from idia.settings.values import Settings

Mode = Literal["strangers", "cheap", "full", "release"]
"""How a model is asked about texts: how near they lie to photos of strangers; or, by optimised images, with few
parameters and steps, in the published setting, or in that of the release."""

MODES: tuple[Mode, ...] = ("strangers", "cheap", "full", "release")

FEWEST_REFERENCES = 20
"""Detectors fitted on fewer texts would call a text abnormal for hardly any reason."""

DEFAULT_REFERENCES = 100

_OFF = "off"
_SIZE = re.compile(r"(\d{1,9})x(\d{1,9})")
_SIZED = ("cheap", "full", "release")
_WITH_PHOTOS = ("cheap", "full")  # the release's own way with photos fails
_FEWEST_RESTARTS = 2  # a single image is not dispersed
_BY_DEFAULT = "vit-mixed"  # the shipped model whose people were trained on from never to often


def text_only_modes(settings: Settings, spec: str) -> tuple[Mode, ...]:
    """Returns how a model's people are attacked by their names alone, in the order of `MODES`.

    Unless modes were asked for, only the shipped model with people of every number of occurrences is attacked, and only
    where no model was named: in the modes that take little.

    Args:
        settings: What was asked for.
        spec: Specification of the model.
    """
    if settings.text_only is not None:
        asked = {written.partition(":")[0] for written in settings.text_only}
        return tuple(mode for mode in MODES if mode in asked)
    folder = Path(spec.removeprefix("local-dir:"))
    return ("strangers", "cheap") if is_shipped(folder) and folder.name == _BY_DEFAULT else ()


def text_only_size(settings: Settings, mode: Mode) -> tuple[int, int] | None:
    """Returns how many restarts and steps were asked for in a mode; None where it keeps its own.

    Args:
        settings: What was asked for.
        mode: Which mode.
    """
    for written in settings.text_only or ():
        name, _, size = written.partition(":")
        if name == mode and size:
            restarts, steps = map(int, size.split("x"))
            return restarts, steps
    return None


def n_references(settings: Settings) -> int:
    """Returns how many texts a reference population has that is made, and not the user's own."""
    written = settings.text_reference
    return DEFAULT_REFERENCES if written is None or reference_file(settings) is not None else int(written)


def reference_file(settings: Settings) -> Path | None:
    """Returns the user's own reference population; None where none was given."""
    written = settings.text_reference
    return Path(written) if written is not None and written.lower().endswith(".csv") else None


def checked_modes(written: Sequence[str]) -> tuple[str, ...]:
    """Returns the modes that were asked for, each once, with restarts and steps where given, as `full:20x500`.

    Raises:
        SettingError: There is no such mode or size, a mode was given with several sizes, or `off` with other modes.
    """
    known = (*MODES, _OFF)
    asked: dict[str, str] = {}
    for each in written:
        mode, colon, size = (part.strip() for part in each.partition(":"))
        if mode not in known:
            raise SettingError(
                f"--idia-text-only must be {', '.join(MODES)} or {_OFF}, got {each!r}.{did_you_mean(mode, list(known))}"
            )
        checked = f"{mode}:{_size(mode, size, each)}" if colon else mode
        if asked.setdefault(mode, checked) != checked:
            raise SettingError(
                f"--idia-text-only: a run asks in one way for each mode, got {asked[mode]} and {checked}. Run them one "
                "after another: records of other sizes lie beside each other."
            )
    if _OFF in asked and set(asked) != {_OFF}:
        others = ", ".join(asked.values())
        raise SettingError(f"--idia-text-only {_OFF} stands alone, got {others}. Drop it or the others.")
    return tuple(asked[mode] for mode in known if mode in asked)


def _size(mode: str, size: str, written: str) -> str:
    """Restarts and steps as they are kept: digits without leading zeros."""
    numbers = _SIZE.fullmatch(size)
    if mode not in _SIZED or numbers is None:
        raise SettingError(
            f"--idia-text-only takes restarts and steps, such as full:20x500, behind {', '.join(_SIZED)} alone, got "
            f"{written!r}."
        )
    restarts, steps = map(int, numbers.groups())
    if restarts < _FEWEST_RESTARTS or steps < 1:
        raise SettingError(
            f"--idia-text-only {written}: it takes {_FEWEST_RESTARTS} or more restarts, without which nothing can be "
            f"dispersed, and 1 or more steps, got {restarts} and {steps}."
        )
    return f"{restarts}x{steps}"


def checked_reference(written: str) -> str:
    """Returns what `--idia-text-reference` says, a number or a CSV file.

    Raises:
        SettingError: It is neither, or the number is too small.
    """
    if written.lower().endswith(".csv"):
        return written
    try:
        number = int(written)
    except ValueError:
        raise SettingError(
            f"--idia-text-reference must be a number of texts such as {DEFAULT_REFERENCES}, or a .csv file of your "
            f"own, got {written!r}."
        ) from None
    if number < FEWEST_REFERENCES:
        raise SettingError(
            f"--idia-text-reference must be at least {FEWEST_REFERENCES}, got {number}: detectors are fitted on these "
            "texts alone."
        )
    return str(number)


def check_text_only(settings: Settings) -> None:
    """Raises unless what was asked for of text-only attacks makes sense together.

    Raises:
        SettingError: Photos were asked for beside an attack that is not carried out.
    """
    asked = {mode for spec in settings.model for mode in text_only_modes(settings, spec)}
    if settings.text_photos and asked.isdisjoint(_WITH_PHOTOS):
        raise SettingError(
            f"--idia-text-photos needs --idia-text-only {' or '.join(_WITH_PHOTOS)}: it compares photos with the "
            f"images that are optimised there; asked for was {', '.join(filter(asked.__contains__, MODES)) or 'none'}."
        )
