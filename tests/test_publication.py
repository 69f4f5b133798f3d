from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from idia.attacks.anonymity import anonymised, keyed_by_content
from idia.attacks.predictions import NamePredictions
from idia.attacks.voting import count_votes
from idia.errors import ModelError
from idia.publication import _votes, published_model
from idia.testing import ToyClip


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"weights_sha256": ""}, "does not say which weights it has"),
        ({"parameters": -1}, "the model's info cannot be recorded: parameters"),
        ({"name": "/home/ada/model"}, "the model's info cannot be recorded: name: .* absolute path"),
        ({"embedding_dim": "64"}, "embedding_dim"),
    ],
)
def test_what_no_record_can_hold_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        published_model(replace(ToyClip().info, **wrong))  # type: ignore[arg-type]  # wrong on purpose


def test_a_revision_instead_of_a_hash_is_hashed_and_none_is_unknown() -> None:
    model = published_model(replace(ToyClip().info, weights_sha256="revision 7", tokenizer_sha256=""))

    assert len(model["weights_sha256"]) == 64
    assert model["tokenizer_sha256"] is None


def test_a_specification_is_published_without_its_folders() -> None:
    assert published_model(replace(ToyClip().info, spec="local-dir:/home/ada/model"))["spec"] == "local-dir:model"


def test_scores_of_many_draws_are_left_to_whoever_repeats_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    tables = [rng.integers(0, 3, size=(6, 4)) for _ in range(5)]
    predictions = anonymised(NamePredictions(tables, np.arange(5) % 3, 3))
    votes = count_votes(predictions, sizes=[3, "all"], draws=40, seed=1)
    experiment = SimpleNamespace(occurrences=np.array([0, 5, 1, 0, 5]))
    whole = _votes(experiment, predictions, votes)  # type: ignore[arg-type]  # the counts are all it takes
    monkeypatch.setattr("idia.publication.MOST_DRAWS", 7)
    first = _votes(experiment, predictions, votes)  # type: ignore[arg-type]

    assert whole["scores"].dtype == first["scores"].dtype == np.uint16
    assert first["scores"].tolist() == whole["scores"][:, :, :7].tolist()
    assert all(np.array_equal(first[name], whole[name]) for name in whole if name != "scores")
    repeated = count_votes(
        keyed_by_content(np.split(first["codes"], first["photo_offsets"][1:-1])), sizes=[3, "all"], draws=40, seed=1
    )
    assert repeated.scores.tolist() == whole["scores"].tolist()
