from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from idia import IdentityInferenceAttack, NamePool, NamePredictions, Person, PromptTemplates
from idia.attacks import scan
from idia.errors import DatasetError, UnknownPersonError
from idia.kernels import Standing, compared
from idia.models import EmbeddingCache
from idia.testing import ToyClip

NAMES = NamePool(("Red Example", "Green Sample", "Blue Instance", "Nobody Else"))
PROMPTS = PromptTemplates(("{}", "not {}"))


class ColourClip(ToyClip):
    """Sees which colour is strongest; the second prompt makes it answer the next colour."""

    def encode_images(self, images: Iterable[Image.Image]) -> torch.Tensor:
        colours = np.stack([np.asarray(image).mean(axis=(0, 1)) for image in images])
        return torch.nn.functional.one_hot(torch.from_numpy(colours.argmax(axis=1)), 64).float()

    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        directions = torch.eye(64)
        first_words = ["Red", "Green", "Blue", "Nobody"]
        return torch.stack(
            [
                directions[(first_words.index(text.split()[-2]) - text.startswith("not")) % 3]
                if "Nobody" not in text
                else directions[40]
                for text in texts
            ]
        )


def person(name: str, *colours: tuple[int, int, int]) -> Person:
    return Person(name, tuple(Image.new("RGB", (4, 4), colour) for colour in colours))


RED = person("Red Example", (200, 0, 0), (0, 0, 200))
GREEN = person("Green Sample", (0, 200, 0))


def test_every_photo_and_prompt_has_the_index_of_the_predicted_name() -> None:
    predictions = IdentityInferenceAttack(NAMES, PROMPTS).predict(ColourClip(), [RED, GREEN])

    assert [table.tolist() for table in predictions.predicted] == [[[0, 1], [2, 0]], [[1, 2]]]
    assert predictions.targets.tolist() == [0, 1]
    assert predictions.n_names == 4
    assert predictions.person_ids == ("Red Example", "Green Sample")
    assert predictions.photo_ids is not None
    assert [len(set(ids)) for ids in predictions.photo_ids] == [2, 1]
    assert predictions.near_tie_rate == 0


def test_predictions_say_who_compared_photos_with_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def answered(*arguments: torch.Tensor) -> Standing:
        return replace(compared(*arguments), backend="somebody")

    monkeypatch.setattr(scan, "compared", answered)

    assert IdentityInferenceAttack(NAMES, PROMPTS).predict(ColourClip(), [RED]).backend == "somebody"


def test_the_vote_takes_the_published_defaults() -> None:
    attack = IdentityInferenceAttack(NAMES, PROMPTS)
    predictions = NamePredictions([np.random.default_rng(0).integers(0, 3, (4, 2))], np.array([0]), 4)
    votes = attack.vote(predictions)

    assert (votes.sizes, votes.draws) == ((1, 3, 4, "all"), 20)
    assert votes.scores.tolist() == attack.vote(predictions, sizes=[1, 3, 4, "all"], draws=20, seed=0).scores.tolist()
    assert votes.scores.tolist() != attack.vote(predictions, sizes=[1, 3, 4, "all"], draws=20, seed=1).scores.tolist()


def test_embeddings_are_kept_where_they_should_be(tmp_path: Path) -> None:
    class Blind(ColourClip):
        def encode_images(self, images: Iterable[Image.Image]) -> torch.Tensor:
            raise AssertionError("these photos are known")

    attack = IdentityInferenceAttack(NAMES, PROMPTS)
    first = attack.predict(ColourClip(), [RED], cache=EmbeddingCache(tmp_path))
    again = attack.predict(Blind(), [RED], cache=EmbeddingCache(tmp_path))

    assert again.predicted[0].tolist() == first.predicted[0].tolist()


def test_progress_counts_names() -> None:
    told: list[tuple[str, int, int]] = []

    IdentityInferenceAttack(NAMES, PROMPTS).predict(
        ColourClip(), [GREEN], progress=lambda stage, done, total: told.append((stage, done, total))
    )

    assert [each for each in told if each[0] == "names"] == [("names", 0, 4), ("names", 4, 4)]


@pytest.mark.parametrize(
    ("people", "error", "message"),
    [
        ([], DatasetError, "at least one person to attack, got none"),
        ([Person("Red Example", ())], DatasetError, "'Red Example' has no photos"),
        ([person("Somebody New", (1, 2, 3))], UnknownPersonError, "Somebody New"),
    ],
)
def test_people_who_cannot_be_attacked_are_refused(people: list[Person], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        IdentityInferenceAttack(NAMES, PROMPTS).predict(ColourClip(), people)
