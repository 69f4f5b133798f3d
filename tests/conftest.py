"""What every test gets: warnings are errors, no setting leaks in, and real photographs where there are some."""

import copy
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from idia.options import OPTIONS

pytest_plugins = ["pytester"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Turns warnings into errors here, but not in benchmarks, which strangers run with other versions of libraries.

    What needs a card is left out where there is none, without a word unless it was asked for (`-m cuda`).
    """
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.filterwarnings("error"), append=False)
    on_card = [item for item in ours if item.get_closest_marker("cuda")]
    if not on_card or not (missing := _missing_card()):
        return
    if "cuda" in config.option.markexpr:
        for item in on_card:
            item.add_marker(pytest.mark.skip(reason=missing))
        return
    config.hook.pytest_deselected(items=on_card)
    left_out = set(map(id, on_card))
    items[:] = [item for item in items if id(item) not in left_out]


def _missing_card() -> str:
    """Why no program can run on a GPU here; whether its answers are right is what the tests are for."""
    import torch  # only where there is such a test

    if os.environ.get("TRITON_INTERPRET"):
        return "TRITON_INTERPRET is set: Triton interprets programs"
    if not torch.cuda.is_available() or torch.version.cuda is None:
        return "there is no NVIDIA GPU that torch can use"
    if (capability := torch.cuda.get_device_capability()) < (8, 0):
        return (
            f"compute capability 8.0 is needed, and {torch.cuda.get_device_name()} has {capability[0]}.{capability[1]}"
        )
    return ""


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)


@pytest.fixture(scope="session")
def plugins_left_out() -> str:
    """Options of runs of pytest within tests: plugins that have no part in them take a second to import each time."""
    return "-p no:hypothesispytest -p no:jaxtyping -p no:faker"


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, plugins_left_out: str) -> pytest.Pytester:
    """Runs pytest, without plugins that have no part in it.

    It is no worker of the run that it is a test of; pytest-benchmark would take it for one.
    """
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", plugins_left_out)
    return pytester


@pytest.fixture
def real_photos() -> Path:
    """The folder of real photographs, names and caption counts; skips the test where there is none."""
    folder = os.environ.get("IDIA_TEST_DATA", "")
    if not folder:
        pytest.skip("IDIA_TEST_DATA names no folder of real photographs")
    return Path(folder)


@pytest.fixture(scope="session")
def quadrants() -> Callable[..., Image.Image]:
    def quadrants(width: int = 40, height: int = 20) -> Image.Image:
        """An upright picture whose four corners have four colours."""
        picture = Image.new("RGB", (width, height), "red")
        picture.paste("lime", (width // 2, 0, width, height // 2))
        picture.paste("blue", (0, height // 2, width // 2, height))
        picture.paste("yellow", (width // 2, height // 2, width, height))
        return picture

    return quadrants


@pytest.fixture(scope="session")
def assert_same() -> Callable[..., None]:
    def assert_same(opened: Image.Image, expected: Image.Image, tolerance: int = 0) -> None:
        assert opened.mode == "RGB"
        assert opened.size == expected.size
        difference = np.asarray(opened, np.int16) - np.asarray(expected.convert("RGB"), np.int16)
        assert np.abs(difference).max() <= tolerance

    return assert_same


@pytest.fixture(scope="session")
def text_only_record(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Makes records of an attack by names alone on made-up numbers, by the functions that make real ones."""
    made: dict[tuple[Any, ...], Any] = {}
    folder = tmp_path_factory.mktemp("keys")

    def text_only_record(attack: str = "tuni-names", **changed: Any) -> Any:
        """A record of 14 members and 12 non-members, most of whom are told apart; copy before changing it.

        `is_synthetic`, `seed`, `strength`, `model`, `only` (which people were scored, as the release does) and
        `photos` can be changed.
        """
        from idia.records import Record

        attack = "tuni-release" if changed.get("only") is not None else attack
        attack += "-photos" if changed.get("photos") is not None else ""
        key = (attack, *sorted((name, str(value)) for name, value in changed.items()))
        if key not in made:
            made[key] = _text_only_record(attack, folder, **changed)
        record = made[key]
        return Record(copy.deepcopy(record.document), {name: array.copy() for name, array in record.votes.items()})

    return text_only_record


def _text_only_record(
    attack: str,
    folder: Path,
    *,
    is_synthetic: bool = True,
    seed: int = 0,
    strength: float = 2.0,
    model: str = "a-model",
    only: Sequence[int] | None = None,
    photos: str | None = None,
) -> Any:
    from idia.evaluation import evaluate_scores
    from idia.models import ModelInfo
    from idia.plan import Plan, Target
    from idia.prompts import PAPER_PROMPTS
    from idia.publication import Finding, published, scored_bins

    experiment = _toy_experiment(is_synthetic)
    rows = np.arange(len(experiment.people)) if only is None else np.array(only)
    occurrences, rng = experiment.occurrences[rows], np.random.default_rng(seed)
    text_only = _toy_text_only(attack, rng, strength * (occurrences > 0), None if only is None else rows, photos)
    scores = text_only.features @ [1, -1]
    size: Any = 0 if photos is None else "all"
    groups = [experiment.groups[row] for row in rows]
    bins = scored_bins(experiment, text_only)
    result = evaluate_scores(scores[:, None], [size], occurrences, bins=bins, groups=groups, seed=seed)
    beside = _toy_controls(rng, scores, occurrences > 0, photos is not None, seed)
    n_photos = np.full(len(experiment.people), 3)
    finding = Finding(attack, result, (size,), scores[:, None, None], n_photos, text_only=text_only, **beside)
    facts: Any = dict.fromkeys(("preprocess_sha256", "tokenizer_sha256", "training_data", "licence"))
    facts |= {"spec": f"{model},toy", "name": model, "library": "toy 1", "architecture": "toy", "weights_sha256": model}
    facts |= {"activation": "gelu", "activation_source": "tag", "precision": "fp32", "embedding_dim": 2}
    settings: Any = SimpleNamespace(seed=seed, tau=1, max_occurrences=None, consent_basis=None, device="cpu")
    settings.cache_dir = folder
    plan = Plan(settings, (experiment,), PAPER_PROMPTS, ())
    return published(plan, Target(f"{model},toy"), ModelInfo(**facts, parameters=1), finding)


def _toy_experiment(is_synthetic: bool) -> Any:
    from idia.evaluation import OccurrenceBin
    from idia.experiments import Experiment
    from idia.membership import Membership
    from idia.names import NamePool
    from idia.people import PeopleSet, Person

    names = [f"{first} {last}" for first in ("Ada", "Bo") for last in "ABCDEFGHIJKLM"]
    counts = np.array([1] * 7 + [10] * 7 + [0] * 12)
    groups = {name: "kept" if at % 2 else "forgotten" for at, name in enumerate(names[:14])}
    membership = Membership("toys", "injected", dict(zip(names, counts.tolist(), strict=True)), groups)
    people, pool = PeopleSet("toys", tuple(Person(name, ()) for name in names)), NamePool.sampled(names, 30)
    bins = (OccurrenceBin(1, 1), OccurrenceBin(10, 10))
    return Experiment(people, membership, counts, pool, ("all",), bins, is_synthetic)


def _toy_text_only(
    attack: str, rng: np.random.Generator, shifts: np.ndarray, rows: np.ndarray | None, photos: str | None
) -> Any:
    from idia.publication import KindFinding, Reference, TextOnlyFinding

    def found(shifts: np.ndarray) -> KindFinding:
        features = (rng.normal(size=(len(shifts), 2)) + np.outer(shifts, [1, -1])).round(6)
        scores = features @ [1, -1]
        return KindFinding(features, scores[:, None] > np.array([0.5, 1, 1.5, 2]), scores)

    inversion: Any = {"image": "low-rank", "restarts": 4, "steps": 20, "optimiser": "adam", "learning_rate": 0.1}
    people, fitted_on = found(shifts), "gibberish" if attack.startswith("tuni-gibberish") else "names"
    return TextOnlyFinding(
        mode="cheap" if rows is None else "release",
        inversion=inversion | {"starts": "normal, seed 0", "starts_sha256": "a" * 64, "photos": photos},
        reference=Reference(fitted_on if rows is None else "attacked names", 20, "b" * 64, "20 sampled names"),
        detectors=("forest", "neighbours", "svm", "autoencoder"),
        needed=3,
        contamination=0.1,
        defects=() if rows is None else ("one-start",),
        votes=people.votes,
        features=people.features,
        reference_features=found(np.zeros(20)).features,
        kinds={"gibberish": found(np.zeros(5)), "fictitious": found(np.zeros(4))},
        queries=500,
        gradient_steps=40_000,
        access="gradient",
        cpu_seconds=1.5,
        rows=rows,
    )


def _toy_controls(
    rng: np.random.Generator, scores: np.ndarray, is_member: np.ndarray, has_photos: bool, seed: int
) -> dict[str, Any]:
    from idia.blind import BASELINES, claim
    from idia.evaluation.controls import judged_control

    reasons: Any = {"permuted-map": "it looks at no photo", "clean-model": "there is none"}
    controls: Any = {"random-weights": rng.normal(size=len(scores)), "planted-positive": is_member * 3.0}
    blind = {"name": rng.normal(size=len(scores)).round(2), "other-model": controls["random-weights"]}
    if has_photos:
        controls["permuted-map"] = rng.normal(size=len(scores))
    return {
        "control_scores": controls,
        "controls": {
            kind: judged_control(kind, each, is_member, seed=seed) for kind, each in {**reasons, **controls}.items()
        },
        "blind_scores": blind,
        "blind_reasons": {name: "nothing is known of it" for name in BASELINES if name not in blind},
        "claim": claim(scores, blind, is_member, seed=seed),
    }
