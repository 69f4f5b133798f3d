from collections.abc import Sequence
from pathlib import Path

import pytest

from idia.models.folders import packaged_models
from idia.settings import TOY_MODEL, Settings, n_references, reference_file, resolve, text_only_modes, text_only_size

MIXED = f"local-dir:{packaged_models()['vit-mixed']}"


def resolved(folder: Path = Path("/project"), **given: Sequence[str]) -> Settings:
    return resolve(given, {}, {}, working_folder=Path("/current"), project_folder=folder)


def test_what_takes_little_is_what_the_shipped_mixed_model_gets_unasked(tmp_path: Path) -> None:
    shipped = tmp_path / "fixtures" / "models" / "vit-mixed"
    shipped.mkdir(parents=True)
    (shipped / "recipe.json").write_text("{}")
    settings = resolved(tmp_path)

    assert settings.text_only is None
    assert text_only_modes(settings, f"local-dir:{shipped}") == ("strangers", "cheap")
    assert text_only_modes(settings, f"local-dir:{shipped.parent / 'vit-75'}") == ()
    assert resolved(tmp_path, text_photos=["1"]).text_photos


@pytest.mark.parametrize("spec", [TOY_MODEL, MIXED, "ViT-B-32,openai", "hf-hub:org/vit-mixed", "local-dir:vit-mixed"])
def test_no_other_model_is_attacked_unasked(spec: str) -> None:
    assert text_only_modes(resolved(model=[spec], people=["."], membership=["who.csv"]), spec) == ()
    if spec != MIXED:
        assert text_only_modes(resolved(), spec) == ()


def test_a_model_that_is_named_is_attacked_in_the_modes_that_are_asked_for() -> None:
    for model in (MIXED, TOY_MODEL):
        settings = resolved(model=[model], text_only=["release", "cheap,release"])

        assert settings.text_only == ("cheap", "release")
        assert text_only_modes(settings, model) == ("cheap", "release")
        assert "text_only=cheap,release" in settings.described()


def test_restarts_and_steps_stand_behind_a_mode() -> None:
    settings = resolved(text_only=["full:020x500", " cheap , full : 20x500"])

    assert settings.text_only == ("cheap", "full:20x500")
    assert text_only_modes(settings, TOY_MODEL) == ("cheap", "full")
    assert [text_only_size(settings, mode) for mode in ("cheap", "full", "release")] == [None, (20, 500), None]
    assert text_only_size(resolved(), "cheap") is None
    assert "text_only=cheap,full:20x500" in settings.described()


def test_off_is_off() -> None:
    settings = resolved(text_only=["off"])

    assert text_only_modes(settings, MIXED) == ()
    assert "text_only" not in settings.described()


def test_a_reference_is_a_number_or_a_file() -> None:
    assert (n_references(resolved()), reference_file(resolved())) == (100, None)
    assert n_references(resolved(text_reference=[" 20 "])) == 20
    own = resolved(text_reference=["~/own.CSV"])
    assert (n_references(own), reference_file(own)) == (100, Path("~/own.CSV").expanduser())
    assert reference_file(resolved(text_reference=["own.csv"])) == Path("/current/own.csv")
