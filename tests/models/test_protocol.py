import dataclasses
from typing import Any

import pytest

import idia.models
from idia.models import Model


def test_a_model_is_whatever_has_the_methods(counting_model: Any) -> None:
    assert isinstance(counting_model(), Model)
    assert not isinstance(object(), Model)


def test_what_is_known_of_a_model_cannot_be_changed(counting_model: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        counting_model().info.name = "another"


def test_the_public_names_resolve_and_no_others() -> None:
    assert all(getattr(idia.models, name) is not None for name in idia.models.__all__)
    assert set(idia.models.__all__) <= set(dir(idia.models))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        idia.models.nonsense  # noqa: B018
