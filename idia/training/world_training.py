"""Training on people who do not exist: everything is drawn from a seed, and nothing is read from outside."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, final

import numpy as np
import torch

from idia.errors import SettingError
from idia.models.checkpoints import read_checkpoint, state_sha256
from idia.training.export import CONFIG, WEIGHTS, export_identities, export_log, export_model
from idia.training.loop import TrainedModel
from idia.training.material import Material
from idia.training.model_card import model_card
from idia.training.pictures import Pictures
from idia.training.recipe import Recipe
from idia.training.request import request_of
from idia.training.tokenizer import VOCABULARY_FILE
from idia.training.world_captions import WORLD_TEMPLATES, world_captions
from idia.world import render_objects, render_people
from idia.world.captions import HYPERNYMS, OBJECT_FORMS, PERSON_FORMS
from idia.world.designs import FIRST_STRANGER, WorldDesign
from idia.world.facts import object_facts, person_facts
from idia.world.fingerprint import renderer_sha256
from idia.world.people import world_names

IDENTITIES, LOG, CARD = "identities.csv", "training_log.csv", "README.md"

_AT_A_TIME = 256  # pictures drawn between two reports of progress


@final
@dataclass(frozen=True, slots=True)
class WorldTraining:
    """Training one model on a world.

    Attributes:
        design: Who is tested and who is trained on.
        recipe: How the model is built and fitted; its seed also decides who exists and who is a member.
        control_of: The experiment whose roles a model with absent ones is tested under, by name.
        order: Where the model stands among others of its folder.

    Raises:
        SettingError: Roles are absent and there is no other experiment, or the other way round.
    """

    design: WorldDesign
    recipe: Recipe
    control_of: str | None = None
    order: int | None = None

    def __post_init__(self) -> None:
        if (self.design.roles == "absent") != (self.control_of is not None):
            raise SettingError(
                "a model with absent roles, and no other, is the control of an experiment: got roles "
                f"{self.design.roles!r}, and {self.control_of!r} as the name of that experiment."
            )

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the files in the output, apart from the recipe."""
        return CONFIG, WEIGHTS, VOCABULARY_FILE, IDENTITIES, LOG, CARD

    def request(self, name: str) -> dict[str, Any]:
        """Returns everything that decides the result, as a JSON document without anybody's name."""
        return request_of(
            name,
            self.recipe,
            {
                "design": asdict(self.design),
                "captions": {
                    "templates": WORLD_TEMPLATES,
                    "hypernyms": HYPERNYMS,
                    "person_forms": [form.text for form in PERSON_FORMS],
                    "object_forms": [form.text for form in OBJECT_FORMS],
                },
                "renderer_sha256": renderer_sha256(),
            },
        )

    def prepare(self, progress: Callable[[int, int], None] | None) -> Material:
        """Returns the training set: members with their photos, strangers, objects."""
        design, seed = self.design, self.recipe.seed
        trained = design.trained(seed)
        members = np.repeat(np.array(list(trained), dtype=np.int64), list(trained.values()))
        photos = np.concatenate([np.arange(count, dtype=np.int64) for count in trained.values()])
        strangers = np.arange(FIRST_STRANGER, FIRST_STRANGER + design.strangers, dtype=np.int64)
        people = np.concatenate([members, strangers])
        photos = np.concatenate([photos, np.zeros(len(strangers), dtype=np.int64)])
        objects = np.arange(design.objects, dtype=np.int64)
        names = world_names(seed)
        captions = world_captions(
            [names[person] for person in members],
            person_facts(seed, people, photos),
            object_facts(seed, objects),
        )
        return Material(
            pictures=Pictures(_drawn(seed, people, photos, objects, progress), margin=1.0),
            captions=captions,
            tested=tuple(names[: design.people]),
            counts={
                "members": len(trained),
                "non_members": int((design.tested(seed) == 0).sum()),
                "member_pairs": len(members),
                "stranger_pairs": len(strangers),
                "object_pairs": len(objects),
                "attack_photos": design.people * design.n_photos,
            },
        )

    def export(self, folder: Path, trained: TrainedModel, material: Material, name: str) -> dict[str, Any]:
        """Writes all parts into an empty folder, and returns what the recipe document says about them."""
        design, seed = self.design, self.recipe.seed
        export_model(folder, trained, encoder=self.recipe.encoder, is_half=True)
        names, counts = world_names(seed), design.tested(seed)
        export_identities(folder / IDENTITIES, {names[person]: int(count) for person, count in enumerate(counts)})
        export_log(folder / LOG, trained.log)
        about: dict[str, Any] = {
            "people": f"synthetic-{design.people}",
            "training_set": f"{self.control_of or name}-training",
            "control": None if self.control_of is None else {"kind": "clean-model", "of": self.control_of},
            "world": {"seed": seed, "n_people": design.people, "n_photos": design.n_photos},
            **({} if self.order is None else {"order": self.order}),
        }
        card = model_card(name, self.design, self.recipe, material.counts, about["control"])
        (folder / CARD).write_text(card, encoding="utf-8")
        return about

    def fingerprints(self, folder: Path) -> dict[str, str]:
        """Returns the hashes by which the recipe document knows the parts in a folder."""
        return {
            "weights_sha256": state_sha256(read_checkpoint(folder / WEIGHTS)),
            "identities_sha256": sha256((folder / IDENTITIES).read_bytes()).hexdigest(),
        }


def _drawn(
    seed: int,
    people: np.ndarray,
    photos: np.ndarray,
    objects: np.ndarray,
    progress: Callable[[int, int], None] | None,
) -> torch.Tensor:
    """All training pictures: people, then objects `[pictures, 3, 32, 32]`."""
    total = len(people) + len(objects)
    drawn: list[torch.Tensor] = []
    done = 0

    def keep(pictures: torch.Tensor) -> None:
        nonlocal done
        drawn.append(pictures)
        done += len(pictures)
        if progress is not None:
            progress(done, total)

    for start in range(0, len(people), _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME)
        keep(render_people(seed, people[part], photos[part]))
    for start in range(0, len(objects), _AT_A_TIME):
        keep(render_objects(seed, objects[start : start + _AT_A_TIME]))
    return torch.cat(drawn)
