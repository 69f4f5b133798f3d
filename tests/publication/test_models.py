from dataclasses import replace

import pytest

from idia.errors import ModelError
from idia.publication import published_model
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
