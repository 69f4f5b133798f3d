"""Whether a folder holds the run that is asked for, and holds it whole."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from idia.errors import DatasetError, ModelError, TrainingError
from idia.training.request import differences


def verify_finished(recipe: Mapping[str, Any], fingerprints: Callable[[Path], dict[str, str]], out: Path) -> None:
    """Raises `TrainingError` unless the files of a finished run are as its recipe says.

    Args:
        recipe: The recipe document.
        fingerprints: Computes the hashes of the files in a folder, by their keys in the document.
        out: The folder.
    """
    try:
        found = fingerprints(out)
    except (DatasetError, ModelError, OSError) as error:
        raise TrainingError(
            f"the finished run in {str(out)!r} is damaged: {error} Delete the folder and train again."
        ) from None
    changed = [key.removesuffix("_sha256") for key, value in found.items() if recipe.get(key) != value]
    if changed:
        raise TrainingError(
            f"the finished run in {str(out)!r} was changed after training ({', '.join(changed)}). "
            "Delete the folder and train again."
        )


def check_same(before: Mapping[str, Any], now: Mapping[str, Any], out: Path) -> None:
    """Raises `TrainingError` that lists what differs, if a folder holds a run with other settings."""
    differing = differences(before, now)
    if differing:
        listing = "\n  ".join(differing)
        raise TrainingError(
            f"{str(out)!r} holds another run:\n  {listing}\n"
            "Repeat its settings to finish or verify it, choose another --out, or delete the folder."
        )
