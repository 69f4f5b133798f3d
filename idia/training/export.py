"""What a finished training leaves behind: a model open_clip loads by itself, the attack photos and the truth."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from open_clip.model import CLIP
from safetensors.torch import save
from torch import Tensor

from idia.photos import Photo, open_photo
from idia.training.loop import LogEntry, TrainedModel
from idia.training.pictures import cut_face
from idia.training.recipe import Encoder, preprocess_config
from idia.training.split import PersonSplit
from idia.training.tokenizer import write_vocabulary

WEIGHTS, CONFIG = "open_clip_model.safetensors", "open_clip_config.json"


def export_model(folder: Path, trained: TrainedModel, *, encoder: Encoder = "vit", is_half: bool = False) -> None:
    """Writes a folder that open_clip loads as ``local-dir:FOLDER``.

    Args:
        folder: Where to write; created if it does not exist.
        trained: The trained model.
        encoder: The kind of image tower.
        is_half: Whether to keep the weights with 16 bits each: half the size, and names hardly ever change.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(save(_stored(trained.model, is_half=is_half)))
    write_vocabulary(folder)
    document = {"model_cfg": trained.config, "preprocess_cfg": preprocess_config(encoder)}
    (folder / CONFIG).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _stored(model: CLIP, *, is_half: bool) -> dict[str, Tensor]:
    state = {name: value.detach().to("cpu", copy=True).contiguous() for name, value in model.state_dict().items()}
    return {name: value.half() if is_half and value.is_floating_point() else value for name, value in state.items()}


def export_attack_photos(folder: Path, photos: Sequence[Photo], split: Sequence[PersonSplit], crop: float) -> None:
    """Writes everybody's held-out photos, members' and non-members' alike, as lossless face cuts.

    Args:
        folder: A folder that does not exist yet.
        photos: All photos.
        split: Which of them attack whom.
        crop: Side of the face cut as a fraction of a photo's shorter side.
    """
    for person in split:
        own = folder / person.name.replace(" ", "_")
        own.mkdir(parents=True)
        # Numbered in the order of the originals, whose own names may collide once the suffix is the same.
        for number, index in enumerate(person.attack, start=1):
            cut_face(open_photo(photos[index]), crop).save(own / f"{number:04d}.png")


def export_identities(path: Path, occurrences: Mapping[str, int]) -> None:
    """Writes how many image–text pairs of each person are in the training set; 0 is a non-member."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["name", "occurrences"])
        table.writerows(sorted(occurrences.items()))


def export_log(path: Path, log: Sequence[LogEntry]) -> None:
    """Writes the training log: step, loss in nats, learning rate."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["step", "loss", "lr"])
        table.writerows((entry.step, f"{entry.loss:.6f}", f"{entry.lr:.6e}") for entry in log)
