"""The values of a run's settings, how they travel between processes, and the line that shows them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from idia.models.folders import is_shipped

TOY_MODEL = "python:idia.testing:toy_clip"
"""What is scored when nobody says otherwise and no models are shipped: a model with planted members."""

WORLD = "world:"
"""Before a model: its synthetic people are meant."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The resolved settings of one run; every field is an option of `OPTIONS`."""

    model: tuple[str, ...]
    people: str | None
    layout: str
    membership: Path | None
    max_occurrences: int | None
    photos: tuple[int | Literal["all"], ...] | None
    bins: tuple[str, ...] | None
    names: str
    names_seed: int | None
    first_names: Path | None
    surnames: Path | None
    prompts: Path | None
    tau: int
    draws: int
    decoys: int | None
    text_only: tuple[str, ...] | None
    text_reference: str | None
    text_faces: Path | None
    text_photos: bool
    seed: int
    control: tuple[str, ...]
    device: str
    results: Path
    cache_dir: Path
    utility_labels: Path | None
    utility_captions: Path | None
    consent_basis: str | None
    skip_unreadable: bool
    offline: bool
    speed: bool
    tune: bool
    baseline: Path | None
    fail: tuple[str, ...]
    gates: Path | None
    update_baseline: bool

    @property
    def world(self) -> Path | None:
        """The folder of the model on whose synthetic people the others are scored; None unless that was asked for."""
        is_world = self.people is not None and self.people.startswith(WORLD)
        return Path(self.people.removeprefix(WORLD)) if is_world and self.people is not None else None

    def to_json(self) -> dict[str, Any]:
        """Returns the settings as JSON values, to travel to other processes."""
        return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Settings":
        """Returns the settings that `to_json` wrote."""
        read = {}
        for field in fields(cls):
            value = values[field.name]
            if isinstance(value, list):
                value = tuple(value)
            elif value is not None and field.name in _PATHS:
                value = Path(value)
            read[field.name] = value
        return cls(**read)

    def described(self) -> str:
        """Returns one line for the header of a run."""
        people = f"people={self.people or ('toy' if self.model == (TOY_MODEL,) else 'of each model')}"
        photos = ",".join(map(str, self.photos)) if self.photos else "1,3,5…29,30,all"
        parts = [
            "models=" + " ".join(map(_shown, self.model)),
            people,
            f"photos={photos}",
            f"names={self.names}",
            f"tau={self.tau}",
            f"draws={self.draws}",
            f"seed={self.seed}",
            f"device={self.device}",
            f"results={self.results}",
        ]
        if self.membership:
            parts.insert(2, f"membership={self.membership}")
        if self.control:
            parts.insert(1, "controls=" + " ".join(self.control))
        rest = {name: getattr(self, name) for name in _SHOWN_IF_GIVEN}
        parts += [f"{name}={value}" for name, value in rest.items() if value is not None]
        parts += [f"bins={','.join(self.bins)}"] if self.bins else []
        parts += [f"text_only={','.join(self.text_only)}"] if self.text_only not in (None, ("off",)) else []
        parts += [f"fail={','.join(self.fail)}"] if self.fail else []
        parts += [name for name in _SWITCHES if getattr(self, name)]
        return ", ".join(parts)


_INPUTS = ("first_names", "surnames", "prompts", "text_faces", "utility_labels", "utility_captions")
_SWITCHES = ("text_photos", "skip_unreadable", "offline", "speed", "tune", "update_baseline")
_GATES = ("baseline", "gates")
_PATHS = ("membership", *_INPUTS, *_GATES, "results", "cache_dir")
_SHOWN_IF_GIVEN = ("max_occurrences", "names_seed", "decoys", "text_reference", *_INPUTS, *_GATES)


def _shown(spec: str) -> str:
    if spec == TOY_MODEL:
        return "toy"
    folder = Path(spec.removeprefix("local-dir:"))
    return folder.name if is_shipped(folder) else spec
