from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from idia.errors import DatasetError, IdiaError, RecordError, SettingError, UnknownPersonError
from idia.plan import Plan, Target, labels, make_plan
from idia.settings import resolve

NAMES = ("Ada Example", "Ben Sample", "Cleo Instance")
GROUPS = "name,occurrences,group\nAda Example,5,friends of Ben Sample\nBen Sample,0,\nCleo Instance,0,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three people with three, four and five photos; the first is a member."""
    for number, name in enumerate(NAMES):
        for photo in range(3 + number):
            path = tmp_path / "people" / name.replace(" ", "_") / f"{photo}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8), (40 * number, 20 * photo, 0)).save(path)
    (tmp_path / "who.csv").write_text("name,occurrences\nAda Example,5\nBen Sample,0\nCleo Instance,0\n")
    return tmp_path


def planned(folder: Path, *, is_checked: bool = False, **given: Any) -> Plan:
    options = {"people": "people", "membership": "who.csv", "model": "local-dir:model", "results": "results"}
    options |= {"cache_dir": "cache"} | given
    values = {name: value if isinstance(value, list) else [value] for name, value in options.items()}
    settings = resolve(values, {}, {}, working_folder=folder, project_folder=folder)
    return make_plan(settings, is_checked=is_checked)


def test_a_plan_holds_everything_but_the_model(folder: Path) -> None:
    plan = planned(folder)

    (experiment,) = plan.experiments
    assert experiment.people.id == "people"
    assert experiment.occurrences.tolist() == [5, 0, 0]
    assert experiment.sizes == (1, 3, "all")
    assert [str(each) for each in experiment.bins] == ["5"]
    assert len(experiment.names) == 1000
    assert set(NAMES) < set(experiment.names.names)
    assert plan.targets == (Target("local-dir:model"),)


def test_without_people_the_toy_is_planned(tmp_path: Path) -> None:
    settings = resolve({"results": ["results"]}, {}, {}, working_folder=tmp_path, project_folder=tmp_path)

    assert [experiment.people.id for experiment in make_plan(settings).experiments] == ["toy"]


def test_controls_follow_their_model(folder: Path) -> None:
    plan = planned(folder, model=["ViT-B-32,a.pt", "ViT-B-32,b.pt"], control=["permuted", "random"])

    assert [(target.spec, target.control) for target in plan.targets] == [
        ("ViT-B-32,a.pt", None),
        ("ViT-B-32,a.pt", "permuted-map"),
        ("random:ViT-B-32", "random-weights"),
        ("ViT-B-32,b.pt", None),
        ("ViT-B-32,b.pt", "permuted-map"),
    ]


def test_controls_are_not_attacked_by_names_alone(folder: Path) -> None:
    plan = planned(folder, control=["permuted", "random"], text_only="full")

    assert [plan.text_only(target) for target in plan.targets] == [("full",), (), ()]
    assert planned(folder).text_only(plan.targets[0]) == ()


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("Ada Example\n", r"text 1 of .* is the name of a person under attack"),
        ("", "holds 19 texts"),
        ("?!\n", "punctuation alone"),
    ],
)
def test_texts_of_ones_own_are_read_before_any_model_is_loaded(folder: Path, reference: str, message: str) -> None:
    others = "\n".join(f"Somebody {letter}" for letter in "abcdefghijklmnopqrs")
    (folder / "own.csv").write_text(reference + others)

    with pytest.raises(IdiaError, match=message):
        planned(folder, text_only="cheap", text_reference="own.csv")
    assert planned(folder, text_reference="own.csv").settings.text_reference


def test_a_name_without_letters_is_refused_where_names_alone_are_attacked(folder: Path) -> None:
    (folder / "people" / "Cleo_Instance").rename(folder / "people" / "!!!")
    (folder / "who.csv").write_text("name,occurrences\nAda Example,5\nBen Sample,0\n!!!,0\n")

    with pytest.raises(DatasetError, match="name 1 of 3 cannot be attacked from text alone"):
        planned(folder, text_only="cheap")


def test_targets_are_called_without_their_folders_unless_that_is_ambiguous() -> None:
    one, same, other = (Target(f"local-dir:/runs/{folder}") for folder in ("1/model", "2/model", "2/other"))

    assert labels([one, other]) == ["local-dir:model", "local-dir:other"]
    assert labels([one, same, other]) == ["local-dir:/runs/1/model", "local-dir:/runs/2/model", "local-dir:other"]
    assert labels([Target(one.spec, "permuted-map")]) == ["local-dir:model+permuted"]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"consent_basis": "ben SAMPLE agreed"}, "--idia-consent-basis"),
        ({"model": "local-dir:Ada_Example"}, "--idia-model number 1"),
        ({"prompts": "prompts.txt"}, "the prompt template 2"),
        ({"names": "ada-example.csv"}, "--idia-names"),
        ({"people": "Cleo_Instance"}, "the folder of people"),
        ({"membership": "Ada Example.csv"}, "the file of memberships"),
        ({"membership": "groups.csv"}, "group 2 of the membership table"),
    ],
)
def test_nothing_that_names_a_person_under_attack_is_published(folder: Path, given: dict[str, Any], where: str) -> None:
    (folder / "prompts.txt").write_text("{}\n{} with Ada Example\n")
    (folder / "ada-example.csv").write_text("name\nDora Specimen\n")
    (folder / "groups.csv").write_text(GROUPS)
    (folder / "who.csv").rename(folder / "Ada Example.csv") if "Ada Example.csv" in given.values() else None
    (folder / "people").rename(folder / "Cleo_Instance") if "people" in given else None

    with pytest.raises(SettingError, match=f"{where}.* holds the name of a person under attack") as caught:
        planned(folder, **given)
    assert "Example" not in str(caught.value)


def test_a_key_that_no_record_can_use_is_found_before_anything_is_measured(folder: Path) -> None:
    planned(folder)
    assert len((folder / "cache" / "pseudonyms.key").read_bytes()) == 32
    (folder / "cache" / "pseudonyms.key").write_bytes(b"short")

    with pytest.raises(RecordError, match=r"pseudonyms\.key is damaged: expected 32 bytes, got 5"):
        planned(folder)
    planned(folder, is_checked=True)


@pytest.mark.parametrize(
    ("wanted", "n_names"), [("1200", 1200), ("en_US", 1000), ("en_US:50", 50), ("names.csv", 4), ("de_DE:60", 60)]
)
def test_names_are_a_number_a_culture_or_a_file(folder: Path, wanted: str, n_names: int) -> None:
    (folder / "names.csv").write_text("name\nDora Specimen\nAda Example\n")

    assert len(planned(folder, names=wanted).experiments[0].names) == n_names


def test_the_seed_of_the_names_changes_the_names(folder: Path) -> None:
    given: tuple[dict[str, Any], ...] = ({}, {"names_seed": "0"}, {"names_seed": "1"})
    pools = [planned(folder, **each).experiments[0].names for each in given]

    assert pools[0].sha256 == pools[1].sha256 != pools[2].sha256


@pytest.mark.real_photos
def test_the_papers_lists_of_names_can_be_used(folder: Path, real_photos: Path) -> None:
    lists: dict[str, Any] = {
        "first_names": str(real_photos / "names" / "first_names_us_1880_2008.csv"),
        "surnames": str(real_photos / "names" / "surnames_us_2010.csv"),
    }

    assert len(planned(folder, names="1000", **lists).experiments[0].names) == 1000
    with pytest.raises(SettingError, match="to be a number"):
        planned(folder, names="de_DE", **lists)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"people": "nobody"}, DatasetError, "nobody"),
        ({"membership": "nothing.csv"}, DatasetError, r"nothing\.csv"),
        ({"photos": "4"}, SettingError, "4 photos per person were asked for, but somebody has only 3"),
        ({"tau": "22"}, SettingError, r"τ must be in \[1, 21\]"),
        ({"names": "2"}, SettingError, "2"),
        ({"names": "many names"}, SettingError, "--idia-names must be a number"),
        ({"bins": "7"}, SettingError, "no member has 7 training occurrences"),
        ({"bins": "often"}, SettingError, "must be written like 75 or 5-9"),
        ({"results": "who.csv"}, RecordError, r"who\.csv"),
        ({"prompts": "who.csv"}, IdiaError, "{}"),
        ({"layout": "pile"}, SettingError, "pile"),
        ({"model": "nonsense"}, SettingError, "nonsense"),
        ({"control": "random:"}, SettingError, "random:"),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_model_is_loaded(
    folder: Path, given: dict[str, Any], error: type[IdiaError], message: str
) -> None:
    with pytest.raises(error, match=message):
        planned(folder, **given)


@pytest.mark.parametrize(
    ("occurrences", "error", "message"),
    [
        ((5,), UnknownPersonError, "Ben Sample"),
        ((5, 1, 2), DatasetError, "3 members and 0 non-members"),
        ((0, 0, 0), DatasetError, "0 members and 3 non-members"),
        ((-1, 0, 0), DatasetError, "-1"),
    ],
)
def test_ground_truth_must_be_complete_and_hold_both_roles(
    folder: Path, occurrences: tuple[int, ...], error: type[IdiaError], message: str
) -> None:
    rows = [f"{name},{count}" for name, count in zip(NAMES, occurrences, strict=False)]
    (folder / "who.csv").write_text("\n".join(["name,occurrences", *rows]))

    with pytest.raises(error, match=message):
        planned(folder)


def test_an_unreadable_photo_ends_the_plan_unless_it_may_be_dropped(folder: Path) -> None:
    (folder / "people" / "Ada_Example" / "0.png").write_text("not a picture")

    with pytest.raises(DatasetError, match="--idia-skip-unreadable"):
        planned(folder)
    for is_checked in (False, True):
        (experiment,) = planned(folder, is_checked=is_checked, skip_unreadable="true").experiments
        assert experiment.people.unreadable == 1
        assert experiment.sizes == (1, 2, "all")


def test_a_checked_plan_writes_nothing(folder: Path) -> None:
    planned(folder, is_checked=True)

    assert not (folder / "results").exists()


def test_a_size_that_dropped_photos_make_impossible_is_refused(folder: Path) -> None:
    (folder / "people" / "Ada_Example" / "0.png").write_text("not a picture")

    with pytest.raises(SettingError, match="somebody has only 2"):
        planned(folder, photos="3", skip_unreadable="true")
