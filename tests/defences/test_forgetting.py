import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import open_clip
import open_clip.factory
import pytest
import torch

from idia.defences import UnlearningRecipe, forget
from idia.errors import IdiaError
from idia.experiments import brought_world
from idia.membership import Membership
from idia.models import load_model
from idia.models.folders import world_model


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Names to forget, names to keep, captions."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "forget.csv").write_text("name\nAda Example\nFlo Other\n", encoding="utf-8")
    (folder / "keep.csv").write_text("name\nCy Specimen\n", encoding="utf-8")
    (folder / "captions.txt").write_text("a red star\na person with red hair\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def half(world_folder: Path, listed: Path, tmp_path_factory: pytest.TempPathFactory, brief: UnlearningRecipe) -> Path:
    """A copy of a model that says who is in it, which has forgotten half of them."""
    out = tmp_path_factory.mktemp("out") / "half"
    forget(f"local-dir:{world_folder}", out, share=0.5, captions=listed / "captions.txt", recipe=brief, order=7)
    return out


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "identities.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def document(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    return read


def test_a_copy_brings_the_people_and_the_truth_of_the_original(half: Path, world_folder: Path) -> None:
    before, after = world_model(world_folder), brought_world(f"local-dir:{half}")
    assert before is not None
    assert after is not None

    assert (after.name, after.seed, after.n_people, after.n_photos) == ("half", 3, 6, 2)
    truth = Membership.from_csv(half / "identities.csv")
    assert truth.counts == Membership.from_csv(world_folder / "identities.csv").counts
    assert (truth.training_set, truth.how_known) == ("tiny-training", "injected")


def test_members_have_a_group_and_others_have_none(half: Path) -> None:
    groups = {row["name"]: (row["occurrences"], row["group"]) for row in rows(half)}

    assert sorted(groups.values()) == [
        *[("0", "")] * 2,
        *[("1", "forgotten"), ("1", "kept")],
        *[("5", "forgotten"), ("5", "kept")],
    ]


def test_the_recipe_says_what_was_done_and_names_nobody(half: Path, world_folder: Path) -> None:
    recipe, original = document(half), document(world_folder)

    assert recipe["weights_sha256"] == load_model(f"local-dir:{half}", device="cpu").info.weights_sha256
    assert recipe["weights_sha256"] != original["weights_sha256"]
    assert recipe["order"] == 7
    assert recipe["defence"] | {"captions_sha256": ""} == {
        "kind": "names-forgotten",
        "of": "tiny-world",
        "of_weights_sha256": original["weights_sha256"],
        "of_identities_sha256": original["identities_sha256"],
        "share_of_members": 0.5,
        "n_forgotten": 2,
        "n_kept": 2,
        "n_captions": 2,
        "captions_sha256": "",
    }
    for file in ("recipe.json", "README.md"):
        text = (half / file).read_text(encoding="utf-8")
        assert not [row["name"] for row in rows(half) if row["name"] in text]


def test_the_same_command_writes_the_same_bytes(
    half: Path, world_folder: Path, listed: Path, tmp_path: Path, brief: UnlearningRecipe
) -> None:
    forget(
        f"local-dir:{world_folder}",
        tmp_path / "again",
        share=0.5,
        captions=listed / "captions.txt",
        recipe=brief,
        order=7,
        name="half",
    )

    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        path.name: path.read_bytes() for path in half.iterdir()
    }


def test_open_clip_loads_the_copy_by_itself_which_is_no_larger(half: Path, world_folder: Path) -> None:
    network = open_clip.create_model(f"local-dir:{half}")

    sizes = [(folder / "open_clip_model.safetensors").stat().st_size for folder in (half, world_folder)]
    assert sizes[0] == sizes[1]  # 16 bits
    assert sum(each.numel() for each in network.parameters()) == document(half)["model"]["parameters"]


def test_lists_decide_whom_to_forget_and_to_keep(
    world_folder: Path, listed: Path, tmp_path: Path, brief: UnlearningRecipe
) -> None:
    result = forget(
        f"local-dir:{world_folder}",
        tmp_path / "out",
        names=listed / "forget.csv",
        keep=listed / "keep.csv",
        captions=listed / "captions.txt",
        recipe=brief,
    )

    assert {row["name"]: row["group"] for row in rows(tmp_path / "out")} == {
        "Ada Example": "forgotten",
        "Bo Sample": "unlisted",
        "Cy Specimen": "kept",
        "Di Instance": "unlisted",
        "Ed Nobody": "",
        "Flo Other": "",
    }
    assert (result.recipe["defence"]["n_captions"], result.is_narrow, result.brings_people) == (2, False, True)


def test_an_architecture_with_a_file_becomes_a_folder(
    listed: Path, tmp_path: Path, tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch, brief: UnlearningRecipe
) -> None:
    config = {**tiny, "text_cfg": {"context_length": 48, "vocab_size": 49408, "width": 8, "heads": 1, "layers": 1}}
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "Tiny-16", config)
    torch.save(open_clip.create_model("Tiny-16").state_dict(), tmp_path / "epoch_3.pt")

    result = forget(
        f"Tiny-16,{tmp_path / 'epoch_3.pt'}?activation=quickgelu",
        tmp_path / "out",
        names=listed / "forget.csv",
        recipe=brief,
    )

    loaded = load_model(f"local-dir:{tmp_path / 'out'}", device="cpu").info
    assert (loaded.weights_sha256, loaded.activation) == (result.recipe["weights_sha256"], "quickgelu")
    assert "world" not in result.recipe
    assert not (tmp_path / "out" / "identities.csv").exists()
    assert (result.brings_people, result.is_narrow) == (False, True)


def test_an_interrupted_run_leaves_nothing(
    world_folder: Path, listed: Path, tmp_path: Path, brief: UnlearningRecipe
) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forget(
            f"local-dir:{world_folder}",
            tmp_path / "out",
            share=0.5,
            captions=listed / "captions.txt",
            recipe=brief,
            progress=interrupt,
        )

    assert not list(tmp_path.iterdir())


def test_a_failure_while_writing_leaves_nothing(
    world_folder: Path, listed: Path, tmp_path: Path, brief: UnlearningRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("idia.defences.forgetting.write_json", fail)

    with pytest.raises(IdiaError, match=r"cannot write to --out .*: no space left on device"):
        forget(f"local-dir:{world_folder}", tmp_path / "out", share=0.5, captions=listed / "captions.txt", recipe=brief)
    assert not list(tmp_path.iterdir())


Given = Callable[[Path, Path], dict[str, Any]]


@pytest.mark.parametrize(
    ("spec", "given", "message"),
    [
        ("WORLD", lambda lists, out: {}, "expected either names to forget"),
        ("WORLD", lambda lists, out: {"share": 0.5, "names": lists / "forget.csv"}, "expected either names to forget"),
        ("PLAIN", lambda lists, out: {"share": 0.5}, "does not say who is in it: list the names to forget"),
        ("WORLD", lambda lists, out: {"share": 2.0}, "must be above 0 and at most 1"),
        ("WORLD", lambda lists, out: {"share": 0.5, "name": "a/b"}, "--name must be printable text without slashes"),
        ("WORLD", lambda lists, out: {"names": lists / "absent.csv"}, "absent.csv"),
        ("WORLD", lambda lists, out: {"names": lists / "forget.csv", "keep": lists / "forget.csv"}, "kept at once"),
        ("random:PLAIN", lambda lists, out: {"names": lists / "forget.csv"}, "is no trained model of open_clip"),
        ("python:some:thing", lambda lists, out: {"names": lists / "forget.csv"}, "is no trained model of open_clip"),
    ],
    ids=["nobody", "two ways", "no members", "share", "name", "no list", "both lists", "random", "factory"],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    spec: str, given: Given, message: str, folder: Path, world_folder: Path, listed: Path, tmp_path: Path
) -> None:
    spec = spec.replace("WORLD", f"local-dir:{world_folder}").replace("PLAIN", f"local-dir:{folder}")

    with pytest.raises(IdiaError, match=message):
        forget(spec, tmp_path / "out", **given(listed, tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_not_written_to(world_folder: Path, half: Path) -> None:
    before = sorted(half.iterdir())

    with pytest.raises(IdiaError, match="exists already"):
        forget(f"local-dir:{world_folder}", half, share=0.5)
    assert sorted(half.iterdir()) == before
