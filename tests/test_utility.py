import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from idia.models import EmbeddingCache, ModelInfo
from idia.prompts import PromptTemplates
from idia.statistics import clopper_pearson
from idia.tasks import RetrievalTask, Task, ZeroShotTask
from idia.testing import ToyClip
from idia.utility import UtilityScore, measure_utility

BARE = PromptTemplates(("{}",))


class Dictionary:
    """A model that looks up its embeddings: of texts by their words, of pictures by their red value."""

    def __init__(self, texts: Mapping[str, Sequence[float]], pictures: Sequence[Sequence[float]]) -> None:
        self._texts, self._pictures = texts, pictures
        self.encoded = 0

    @property
    def info(self) -> ModelInfo:
        dim = len(self._pictures[0])
        hashes = [hashlib.sha256(str(part).encode()).hexdigest() for part in (self._texts, self._pictures)]
        return ModelInfo(
            spec="dictionary",
            name="dictionary",
            library="n/a",
            architecture="n/a",
            activation="n/a",
            activation_source="n/a",
            weights_sha256=hashes[0],
            parameters=0,
            preprocess_sha256=hashes[1],
            tokenizer_sha256=hashes[0],
            precision="fp32",
            embedding_dim=dim,
            training_data=None,
            licence=None,
        )

    def encode_images(self, images: Iterable[Image.Image]) -> Tensor:
        rows = [self._pictures[image.getpixel((0, 0))[0]] for image in images]  # type: ignore[index]
        self.encoded += len(rows)
        return _unit(rows)

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        return _unit([self._texts[text] for text in texts])


def _unit(rows: Sequence[Sequence[float]]) -> Tensor:
    return torch.nn.functional.normalize(torch.tensor(rows, dtype=torch.float64), dim=1).float()


def picture(number: int) -> Image.Image:
    return Image.new("RGB", (2, 2), (number, 0, 0))


def sorting(labels: Sequence[int], classes: Sequence[str], templates: PromptTemplates = BARE) -> ZeroShotTask:
    photos = tuple(picture(number) for number in range(len(labels)))
    return ZeroShotTask("sorting", tuple(classes), templates, photos, np.array(labels))


def scores_of(model: Dictionary, task: Task) -> dict[str, UtilityScore]:
    measured = measure_utility(model, [task], cache=EmbeddingCache(None))
    assert {score.task for score in measured} == {task.name}
    return {score.metric: score for score in measured}


def test_the_nearest_class_is_the_answer_and_the_interval_is_over_photos() -> None:
    model = Dictionary({"x": [1, 0], "y": [0, 1]}, [[1, 0.1], [0.2, 1], [1, 0.9], [0.1, 1]])

    (score,) = measure_utility(model, [sorting([0, 1, 1, 1], ["x", "y"])], cache=EmbeddingCache(None))

    assert (score.metric, score.n_choices) == ("top-1", 2)
    assert (score.estimate.value, score.estimate.n) == (0.75, 4)
    assert (score.estimate.low, score.estimate.high) == clopper_pearson(3, 4)
    assert (score.chance, score.majority) == (0.5, 0.75)


def test_a_class_is_the_unit_mean_of_its_sentences() -> None:
    # Alone, "a" of the first class would win; its mean with "b" points the other way.
    texts: dict[str, list[float]] = {"a x": [1, 0], "b x": [-0.6, 0.8], "a y": [0.8, 0.6], "b y": [0.8, 0.6]}
    model = Dictionary(texts, [[1, 0]])
    x, y = np.array([0.2, 0.4]), np.array([0.8, 0.6])
    assert x[0] / np.linalg.norm(x) < y[0]

    both = scores_of(model, sorting([0], ["x", "y"], PromptTemplates(("a {}", "b {}"))))
    alone = scores_of(model, sorting([0], ["x", "y"], PromptTemplates(("a {}",))))

    assert both["top-1"].estimate.value == 0
    assert alone["top-1"].estimate.value == 1


def test_a_long_class_mean_does_not_outweigh_a_short_one() -> None:
    # The sentences of x agree, those of y do not; without normalising, y would never win.
    texts = {"a x": [1, 0, 0], "b x": [1, 0, 0], "a y": [0, 1, 1], "b y": [0, 1, -1]}
    model = Dictionary(texts, [[0.9, 1, 0]])

    assert scores_of(model, sorting([1], ["x", "y"], PromptTemplates(("a {}", "b {}"))))["top-1"].estimate.value == 1


def test_sentences_that_point_everywhere_make_a_class_like_nothing() -> None:
    texts = {"a x": [1, 0], "b x": [-1, 0], "a y": [0, -1], "b y": [0, -1]}
    model = Dictionary(texts, [[0, 1]])

    assert scores_of(model, sorting([0], ["x", "y"], PromptTemplates(("a {}", "b {}"))))["top-1"].estimate.value == 1


def test_a_tie_counts_as_wrong() -> None:
    model = Dictionary({"x": [1, 0], "y": [1, 0], "z": [0, 1]}, [[1, 0], [1, 0]])

    assert scores_of(model, sorting([0, 1], ["x", "y", "z"]))["top-1"].estimate.value == 0


def test_among_the_first_five_needs_more_than_five_choices() -> None:
    words = list("abcdefg")
    texts = {word: [1.0, 0.1 * at] for at, word in enumerate(words)}
    model = Dictionary(texts, [[1, 0]] * 7)

    seven = scores_of(model, sorting([0, 4, 5, 6, 6, 6, 6], words))
    five = scores_of(model, sorting([0, 4], words[:5]))

    assert (seven["top-1"].estimate.value, seven["top-5"].estimate.value) == (1 / 7, 2 / 7)
    assert (seven["top-1"].chance, seven["top-5"].chance) == pytest.approx((1 / 7, 5 / 7))
    assert (seven["top-1"].majority, seven["top-5"].majority) == (4 / 7, 1)
    assert five.keys() == {"top-1"}


def test_any_of_several_captions_counts_and_a_shared_one_counts_for_each_photo() -> None:
    model = Dictionary({"left": [1, 0], "right": [0, 1], "up": [-1, -1]}, [[1, 0.2], [0.9, 0.1], [0.1, 1]])
    photos = tuple(picture(number) for number in range(3))
    task = RetrievalTask("captions", photos, ("left", "up", "left", "right"), np.array([0, 0, 1, 2]))

    scores = scores_of(model, task)

    assert scores.keys() == {"rank@1"}
    assert (scores["rank@1"].estimate.value, scores["rank@1"].n_choices) == (1, 3)
    assert scores["rank@1"].chance == pytest.approx((2 + 1 + 1) / 9)
    assert scores["rank@1"].majority is None


@pytest.mark.parametrize("n_right", [1, 2, 4])
def test_chance_is_what_random_orders_give(n_right: int) -> None:
    words = list("abcdefg")
    model = Dictionary({word: [1, 0] for word in words}, [[1, 0]] * 256)
    owners = [0] * n_right + list(range(1, 8 - n_right))
    photos = tuple(picture(number) for number in range(max(owners) + 1))
    task = RetrievalTask("captions", photos, tuple(words), np.array(owners))
    orders = list(permutations(range(7), 5))
    right = [{at for at, owner in enumerate(owners) if owner == photo} for photo in range(len(photos))]

    scores = scores_of(model, task)

    for metric, depth in (("rank@1", 1), ("rank@5", 5)):
        found = [any(choice in own for choice in order[:depth]) for own in right for order in orders]
        assert scores[metric].chance == pytest.approx(np.mean(found))


def test_slices_of_photos_give_the_same_answers_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    words = list("abcdefg")
    texts: dict[str, list[float]] = {word: rng.normal(size=4).tolist() for word in words}
    model = Dictionary(texts, rng.normal(size=(30, 4)).tolist())
    photos = tuple(picture(number) for number in range(30))
    tasks: list[Task] = [
        ZeroShotTask("a", tuple(words), BARE, photos, rng.integers(0, 7, 30)),
        RetrievalTask("b", photos, tuple(words) * 5, np.arange(35) % 30),
    ]

    whole = measure_utility(model, tasks, cache=EmbeddingCache(None))
    monkeypatch.setattr("idia.utility._SLICE", 1)

    assert measure_utility(model, tasks, cache=EmbeddingCache(None)) == whole


def test_a_picture_that_tasks_share_is_encoded_once_and_remembered(tmp_path: Path) -> None:
    model = Dictionary({"x": [1, 0], "y": [0, 1]}, [[1, 0], [0, 1]])
    photos = (picture(0), picture(1))
    tasks: list[Task] = [
        ZeroShotTask("a", ("x", "y"), BARE, photos, np.array([0, 1])),
        RetrievalTask("b", photos, ("x", "y"), np.array([0, 1])),
    ]
    stages: list[tuple[str, int, int]] = []

    first = measure_utility(model, tasks, cache=EmbeddingCache(tmp_path), progress=lambda *stage: stages.append(stage))
    again = measure_utility(model, tasks, cache=EmbeddingCache(tmp_path))

    assert first == again
    assert model.encoded == 2
    assert stages[-1] == ("texts", 4, 4)
    assert ("photos", 4, 4) in stages


def test_a_model_that_sees_nothing_is_not_above_chance() -> None:
    """The toy remembers names and knows no words: a control of the measurement."""
    rng = np.random.default_rng(1)
    photos = tuple(Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)) for _ in range(200))
    classes = ("star", "cube", "ring", "cone", "cross", "heart")
    task = ZeroShotTask("shape", classes, BARE, photos, np.arange(200) % 6)

    for score in measure_utility(ToyClip(), [task], cache=EmbeddingCache(None)):
        assert score.estimate.low < score.chance < score.estimate.high
        assert not score.is_above_chance


def test_above_chance_means_above_the_majority_too() -> None:
    model = Dictionary({"x": [1, 0], "y": [0, 1]}, [[1, 0]] * 90 + [[0, 1]] * 10)

    always_x = scores_of(Dictionary({"x": [1, 0], "y": [0, 1]}, [[1, 0]] * 100), sorting([0] * 90 + [1] * 10, "xy"))
    seeing = scores_of(model, sorting([0] * 90 + [1] * 10, "xy"))

    assert always_x["top-1"].estimate.low > always_x["top-1"].chance
    assert not always_x["top-1"].is_above_chance
    assert seeing["top-1"].is_above_chance
