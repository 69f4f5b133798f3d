import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from idia.errors import SettingError
from idia.models.folders import packaged_models
from idia.settings import TOY_MODEL, Settings, resolve

PEOPLE = {"people": ["faces"], "membership": ["who.csv"], "model": ["ViT-B-32,weights.pt"]}
Values = Mapping[str, Sequence[str]]
NOTHING: Values = {}


def resolved(command_line: Values = NOTHING, environment: Values = NOTHING, ini: Values = NOTHING) -> Settings:
    return resolve(command_line, environment, ini, working_folder=Path("/current"), project_folder=Path("/project"))


def test_without_options_the_toy_is_scored() -> None:
    settings = resolved()

    assert settings.model == (TOY_MODEL,)
    assert settings.people is None
    assert settings.results == Path("/project/results")
    assert (settings.tau, settings.draws, settings.seed, settings.names) == (1, 20, 0, "1000")


def test_the_command_line_beats_the_environment_beats_the_ini_file() -> None:
    assert resolved({"tau": ["3"]}, {"tau": ["2"], "draws": ["7"]}, {"tau": ["4"], "draws": ["8"], "seed": ["9"]}) == (
        resolved({"tau": ["3"], "draws": ["7"], "seed": ["9"]})
    )


def test_paths_are_relative_to_where_they_were_written() -> None:
    settings = resolved({"results": ["out"]}, {"cache_dir": ["cache"]}, PEOPLE)

    assert settings.results == Path("/current/out")
    assert settings.cache_dir == Path("/current/cache")
    assert settings.people == str(Path("/project/faces"))


def test_model_specifications_keep_their_commas() -> None:
    settings = resolved(PEOPLE | {"model": ["ViT-B-32-quickgelu,laion400m_e32", " local-dir:model "]})

    assert settings.model == ("ViT-B-32-quickgelu,laion400m_e32", "local-dir:model")


def test_photos_are_numbers_in_order_with_all_last() -> None:
    assert resolved({"photos": ["all,5", "1"]}).photos == (1, 5, "all")


@pytest.mark.parametrize(
    ("written", "anchored"),
    [
        ("local-dir:runs/model", "local-dir:/project/runs/model"),
        ("random:local-dir:runs/model", "random:local-dir:/project/runs/model"),
        ("ViT-B-32,weights/a.pt", "ViT-B-32,/project/weights/a.pt"),
        ("ViT-B-32,openai", "ViT-B-32,openai"),
        ("hf-hub:org/repo", "hf-hub:org/repo"),
        ("python:package.module:factory", "python:package.module:factory"),
    ],
)
def test_models_in_the_ini_file_are_relative_to_it(written: str, anchored: str) -> None:
    ini = PEOPLE | ({"control": [written]} if written.startswith("random:") else {"model": [written]})
    settings = resolved(ini=ini)

    assert anchored in (*settings.model, *settings.control)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tau": ["none"]}, "--idia-tau must be a whole number of at least 1, got 'none'"),
        ({"tau": ["0"]}, "--idia-tau must be a whole number of at least 1, got '0'"),
        ({"draws": ["1.5"]}, "--idia-draws must be a whole number"),
        ({"seed": [str(2**64)]}, r"--idia-seed must be below 2\*\*64"),
        ({"seed": ["-1"]}, "--idia-seed must be a whole number of at least 0"),
        ({"photos": ["3,many"]}, "--idia-photos must be a whole number of at least 1, got 'many'"),
        ({"people": ["faces"]}, "--idia-people needs --idia-model"),
        ({"people": ["faces"], "model": ["a,b"]}, "--idia-people needs --idia-membership"),
        ({"membership": ["who.csv"]}, "--idia-membership needs --idia-people"),
        ({"people": ["world:vit-mxed"], "model": ["a,b"]}, "no shipped model and no folder 'vit-mxed'.* 'vit-mixed'"),
        ({"max_occurrences": ["0"]}, "--idia-max-occurrences must be a whole number of at least 1"),
        (PEOPLE | {"model": ["random:ViT-B-32"]}, "random weights, which only make sense as a control"),
        (PEOPLE | {"model": ["a,b", "a,b"]}, "the same model was given twice"),
        (PEOPLE | {"control": ["shuffled"]}, "--idia-control must be 'permuted', 'random' or random:ARCH"),
        (PEOPLE | {"first_names": ["first.csv"]}, "must be given together"),
        ({"skip_unreadable": ["perhaps"]}, "--idia-skip-unreadable must be true or false"),
        ({"baseline": ["nowhere"]}, "nothing at /current/nowhere. Make it with .* --idia-results /current/nowhere"),
        ({"update_baseline": ["1"]}, "--idia-update-baseline needs --idia-baseline"),
        ({"update_baseline": ["1"], "baseline": [__file__]}, "needs a folder of records, and .* is a file"),
        ({"baseline": ["/"], "results": ["/"]}, "it would be compared with itself"),
        ({"gates": ["nowhere.toml"]}, "--idia-gates: there is no file /current/nowhere.toml"),
        (
            {"text_only": ["chaep"]},
            "--idia-text-only must be strangers, cheap, full, release or off, got 'chaep'. Did you mean 'cheap",
        ),
        ({"text_only": ["chaep:16x8"]}, "cheap, full, release or off, got 'chaep:16x8'. Did you mean 'cheap"),
        ({"text_only": ["full:20"]}, "such as full:20x500, behind cheap, full, release alone, got 'full:20'"),
        ({"text_only": ["full:"]}, "such as full:20x500, behind cheap, full, release alone, got 'full:'"),
        (
            {"text_only": ["strangers:2x1"]},
            "behind cheap, full, release alone, got 'strangers:2x1'",
        ),
        ({"text_only": ["cheap:1x8"]}, "cheap:1x8: it takes 2 or more restarts, .* 1 or more steps, got 1 and 8"),
        ({"text_only": ["release:2x0"]}, "release:2x0: it takes 2 or more restarts, .* got 2 and 0"),
        ({"text_only": ["full:2x9", "full"]}, "asks in one way for each mode, got full:2x9 and full. Run them one"),
        ({"text_only": ["off,full"]}, "--idia-text-only off stands alone, got off, full"),
        ({"text_reference": ["19"]}, "--idia-text-reference must be at least 20, got 19"),
        ({"text_reference": ["few"]}, "--idia-text-reference must be a number of texts .* or a .csv file .* got 'few'"),
        ({"text_photos": ["1"]}, "--idia-text-photos needs --idia-text-only cheap or full: .* asked for was none"),
        ({"text_photos": ["1"], "text_only": ["off"]}, "asked for was none"),
        ({"text_photos": ["1"], "text_only": ["release,strangers"]}, "asked for was strangers, release"),
        ({"tune": ["1"]}, "--idia-tune needs --idia-speed and --idia-device cuda"),
        ({"tune": ["1"], "speed": ["1"], "device": ["mps"]}, "--idia-tune needs --idia-speed and --idia-device cuda"),
    ],
)
def test_values_that_cannot_be_used_are_refused(given: Values, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        resolved(given)


def test_a_baseline_that_is_to_be_made_need_not_be_there() -> None:
    settings = resolved({"update_baseline": ["1"], "baseline": ["nowhere"]})

    assert settings.baseline == Path("/current/nowhere")


def test_gates_are_those_that_the_project_commits_to(tmp_path: Path) -> None:
    assert resolved().gates is None
    (tmp_path / "idia-gates.toml").touch()

    assert resolve({}, {}, {}, working_folder=Path(), project_folder=tmp_path).gates == tmp_path / "idia-gates.toml"


@pytest.mark.parametrize(
    "given",
    [
        {},
        PEOPLE | {"photos": ["3,all"], "bins": ["5-9"], "skip_unreadable": ["true"]},
        {"text_only": ["full:20x500", "cheap"], "text_reference": ["own.csv"], "text_photos": ["1"]},
    ],
)
def test_settings_travel_as_json(given: Values) -> None:
    settings = resolved(given)

    assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_the_header_names_what_matters() -> None:
    described = resolved(PEOPLE | {"control": ["permuted"]}).described()

    for part in ("models=ViT-B-32,weights.pt", "controls=permuted", "people=/current/faces", "names=1000", "tau=1"):
        assert part in described


def test_models_of_the_package_may_be_named_anywhere_and_are_scored_nowhere_else_unasked() -> None:
    named = resolved({"model": ["vit-mixed"], "people": ["world:vit-mixed"]})
    folder = packaged_models()["vit-mixed"]

    assert (named.model, named.people) == ((f"local-dir:{folder}",), f"world:{folder}")
    assert resolved().model == (TOY_MODEL,)
