"""What was asked for of text-only identity inference: its modes, and the texts that its detectors are fitted on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from idia.errors import SettingError
from idia.models.folders import did_you_mean, is_shipped
from idia.settings.values import Settings

Mode = Literal["cheap", "full", "release"]
"""How much a model is asked of each text: few parameters and steps, the published setting, or that of the release."""

MODES: tuple[Mode, ...] = ("cheap", "full", "release")

FEWEST_REFERENCES = 20
"""Detectors fitted on fewer texts would call a text abnormal for hardly any reason."""

DEFAULT_REFERENCES = 100

_OFF = "off"
_BY_DEFAULT = "vit-mixed"  # the shipped model whose people were trained on from never to often


def text_only_modes(settings: Settings, spec: str) -> tuple[Mode, ...]:
    """Returns how a model's people are attacked by their names alone, in the order of `MODES`.

    Unless modes were asked for, only the shipped model with people of every number of occurrences is attacked, and only
    where no model was named.

    Args:
        settings: What was asked for.
        spec: Specification of the model.
    """
    if settings.text_only is not None:
        return tuple(mode for mode in MODES if mode in settings.text_only)
    folder = Path(spec.removeprefix("local-dir:"))
    return ("cheap",) if is_shipped(folder) and folder.name == _BY_DEFAULT else ()


def n_references(settings: Settings) -> int:
    """Returns how many texts a reference population has that is made, and not the user's own."""
    written = settings.text_reference
    return DEFAULT_REFERENCES if written is None or reference_file(settings) is not None else int(written)


def reference_file(settings: Settings) -> Path | None:
    """Returns the user's own reference population; None where none was given."""
    written = settings.text_reference
    return Path(written) if written is not None and written.lower().endswith(".csv") else None


def checked_modes(written: Sequence[str]) -> tuple[str, ...]:
    """Returns the modes that were asked for, each once; `off` stands alone.

    Raises:
        SettingError: There is no such mode, or `off` was given with others.
    """
    known = (*MODES, _OFF)
    for mode in written:
        if mode not in known:
            raise SettingError(
                f"--idia-text-only must be {', '.join(MODES)} or {_OFF}, got {mode!r}.{did_you_mean(mode, list(known))}"
            )
    if _OFF in written and set(written) != {_OFF}:
        raise SettingError(f"--idia-text-only {_OFF} stands alone, got {', '.join(written)}. Drop it or the others.")
    return tuple(mode for mode in known if mode in written)


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
    if settings.text_photos and not any(text_only_modes(settings, spec) for spec in settings.model):
        raise SettingError(
            "--idia-text-photos needs --idia-text-only MODE: photos are looked at beside an attack by text alone, and "
            "none was asked for."
        )
