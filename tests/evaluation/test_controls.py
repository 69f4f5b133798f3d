import numpy as np
import pytest

from idia.evaluation.controls import ControlKind, ControlResult, judged_control, why_invalid

MEMBERS = np.arange(300) < 150


def test_a_control_that_finds_nobody_passes_and_one_that_does_fails() -> None:
    noise = np.random.default_rng(0).normal(size=300)
    kinds: tuple[ControlKind, ...] = ("permuted-map", "random-weights", "clean-model")

    for kind in kinds:
        assert judged_control(kind, noise, MEMBERS, seed=0).passed
        assert not judged_control(kind, noise + MEMBERS, MEMBERS, seed=0).passed
        # Training holds names of members away from the faces of others, which is no leak.
        assert judged_control(kind, noise - MEMBERS, MEMBERS, seed=0).passed


def test_one_answer_to_everybody_finds_nobody() -> None:
    assert judged_control("random-weights", np.zeros(300), MEMBERS, seed=0).passed
    assert not judged_control("planted-positive", np.zeros(300), MEMBERS, seed=0).passed


def test_chance_alone_fails_hardly_any_control() -> None:
    rng = np.random.default_rng(1)

    verdicts = [judged_control("clean-model", rng.normal(size=40), np.arange(40) < 20, seed=0) for _ in range(60)]

    assert all(verdict.passed for verdict in verdicts)


def test_planted_members_must_be_found() -> None:
    noise = np.random.default_rng(2).normal(size=300)

    assert judged_control("planted-positive", noise + 3 * MEMBERS, MEMBERS, seed=0).passed
    assert not judged_control("planted-positive", noise, MEMBERS, seed=0).passed


def test_a_control_that_was_not_run_says_why_and_decides_nothing() -> None:
    control = judged_control("clean-model", "no clean model is known", MEMBERS, seed=0)

    assert control == ControlResult(None, None, "no clean model is known")
    assert why_invalid({"clean-model": control}) is None


@pytest.mark.parametrize(
    ("kind", "scores", "sentence"),
    [
        ("permuted-map", 1.0 * MEMBERS, "the control permuted-map finds people, which it must not: AUC 1.00"),
        ("planted-positive", np.zeros(300), "the control planted-positive misses planted members: AUC 0.50"),
    ],
)
def test_what_is_invalid_says_which_control_failed(kind: ControlKind, scores: np.ndarray, sentence: str) -> None:
    passed = judged_control("random-weights", np.zeros(300), MEMBERS, seed=0)

    assert why_invalid({"random-weights": passed, kind: judged_control(kind, scores, MEMBERS, seed=0)}) == sentence
