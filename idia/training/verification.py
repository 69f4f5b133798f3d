"""Whether a folder holds the run that is asked for, and holds it whole."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from idia.errors import DatasetError, ModelError, TrainingError
from idia.models.checkpoints import read_checkpoint, state_sha256
from idia.people import load_people
from idia.training import workspace as layout
from idia.training.export import WEIGHTS
from idia.training.request import differences
from idia.training.workspace import Workspace


def fingerprints(folder: Path) -> dict[str, str]:
    """Returns the hashes by which a recipe knows the files of its run."""
    return {
        "weights_sha256": state_sha256(read_checkpoint(folder / layout.MODEL / WEIGHTS)),
        "identities_sha256": sha256((folder / layout.IDENTITIES).read_bytes()).hexdigest(),
        "attack_sha256": load_people(folder / layout.ATTACK).manifest_sha256,
    }


def verify_finished(recipe: dict[str, Any], workspace: Workspace) -> None:
    """Raises `TrainingError` unless the files of a finished run are as its recipe says."""
    try:
        found = fingerprints(workspace.root)
    except (DatasetError, ModelError, OSError) as error:
        raise TrainingError(
            f"the finished run in {str(workspace.root)!r} is damaged: {error} Delete the folder and train again."
        ) from None
    changed = [key.removesuffix("_sha256") for key, value in found.items() if recipe.get(key) != value]
    if changed:
        raise TrainingError(
            f"the finished run in {str(workspace.root)!r} was changed after training ({', '.join(changed)}). "
            "Delete the folder and train again."
        )


def check_same(before: dict[str, Any], now: dict[str, Any], out: Path) -> None:
    """Raises `TrainingError` that lists what differs, if a folder holds a run with other settings."""
    differing = differences(before, now)
    if differing:
        listing = "\n  ".join(differing)
        raise TrainingError(
            f"{str(out)!r} holds another run:\n  {listing}\n"
            "Repeat its settings to finish or verify it, choose another --out, or delete the folder."
        )
