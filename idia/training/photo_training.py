"""Training on photographs of real people, half of whom become members."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, final

from idia.errors import DatasetError, SettingError
from idia.models.checkpoints import read_checkpoint, state_sha256
from idia.models.devices import resolve_device
from idia.models.protocol import Progress
from idia.people import PeopleSet, load_people
from idia.training.captions import HYPERNYMS, NAME_TEMPLATES, NAMELESS_TEMPLATES
from idia.training.dataset import Dataset, build_dataset
from idia.training.duplicates import CORRELATION
from idia.training.export import WEIGHTS, export_attack_photos, export_identities, export_log, export_model
from idia.training.filler import filler_photos
from idia.training.loop import TrainedModel
from idia.training.material import Material
from idia.training.pictures import STORED_MARGIN, STORED_SIDE
from idia.training.recipe import Recipe
from idia.training.request import files_sha256, photos_sha256, request_of
from idia.training.run import TrainingResult, train
from idia.training.settings import TrainingSettings

MODEL, ATTACK, IDENTITIES, LOG = "model", "attack", "identities.csv", "training_log.csv"


def train_on_photos(
    people: Path,
    filler: Path,
    out: Path,
    settings: TrainingSettings,
    *,
    name: str | None = None,
    progress: Progress | None = None,
) -> TrainingResult:
    """Trains a CLIP model on a chosen part of some people; see `idia.training.run.train`.

    Args:
        people: A folder per person.
        filler: Photos of other people.
        out: The folder to write: ``model/``, ``attack/``, ``identities.csv``, ``training_log.csv``, ``recipe.json``.
        settings: The options.
        name: What the model is called on the leaderboard; by default the name of ``out``.
        progress: Called with (stage, done, total).

    Raises:
        DatasetError: People or photos cannot be used as they are.
        SettingError: An option does not fit the data or this machine.
        TrainingError: ``out`` cannot be written, is in use, was changed, or holds another run.
    """
    settings = replace(settings, device=str(resolve_device(settings.device)))
    people_set = load_people(people)
    if len(people_set) < 2:
        raise DatasetError(f"{str(people)!r} holds 1 person; a member and a non-member are needed.")
    names = [person.name for person in people_set]
    strangers = filler_photos(filler, names, n_photos=settings.n_filler, seed=settings.seed)
    for source in (people, filler):
        if out.resolve().is_relative_to(source.resolve()):
            raise SettingError(f"--out {str(out)!r} lies within {str(source)!r}. Choose a folder elsewhere.")
    return train(_PhotoTraining(people_set, strangers, settings), out, name=name, progress=progress)


@final
@dataclass(eq=False)
class _PhotoTraining:
    """The job; it remembers the split between preparing and exporting."""

    people: PeopleSet
    strangers: tuple[Path, ...]
    settings: TrainingSettings
    _dataset: Dataset | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        return ATTACK, IDENTITIES, LOG, MODEL

    @property
    def recipe(self) -> Recipe:
        chosen = self.settings
        return Recipe(chosen.steps, chosen.seed, chosen.device, chosen.threads)

    def request(self, name: str) -> dict[str, Any]:
        return request_of(
            name,
            self.recipe,
            {
                "settings": asdict(self.settings),
                "captions": {
                    "templates": NAME_TEMPLATES,
                    "nameless_templates": NAMELESS_TEMPLATES,
                    "hypernyms": HYPERNYMS,
                },
                "pictures": {
                    "stored_side": STORED_SIDE,
                    "stored_margin": STORED_MARGIN,
                    "duplicate_correlation": CORRELATION,
                },
                "data": {
                    "people_sha256": photos_sha256(self.people),
                    "filler_sha256": files_sha256(self.strangers),
                },
            },
        )

    def prepare(self, progress: Callable[[int, int], None] | None) -> Material:
        self._dataset = build_dataset(self.people, self.strangers, self.settings, progress=progress)
        return self._dataset.material

    def export(self, folder: Path, trained: TrainedModel, material: Material, name: str) -> dict[str, Any]:
        assert self._dataset is not None
        split = self._dataset.split
        export_model(folder / MODEL, trained)
        export_attack_photos(folder / ATTACK, self._dataset.photos, split, self.settings.crop)
        export_identities(folder / IDENTITIES, {person.name: len(person.training) for person in split})
        export_log(folder / LOG, trained.log)
        return {"people": name, "training_set": f"{name}-training"}

    def fingerprints(self, folder: Path) -> dict[str, str]:
        return {
            "weights_sha256": state_sha256(read_checkpoint(folder / MODEL / WEIGHTS)),
            "identities_sha256": sha256((folder / IDENTITIES).read_bytes()).hexdigest(),
            "attack_sha256": load_people(folder / ATTACK).manifest_sha256,
        }
