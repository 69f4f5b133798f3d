"""Every verdict, and what is said: directions, intervals, pairs of the same people, and all that is not green."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idia.gates import Judgement, Limit, Measured, Verdict, judged
from idia.records import Record

Make = Callable[..., Record]
MakeUtility = Callable[..., dict[str, Any]]

FRACTIONS = st.floats(0.01, 0.99)
LEAK_SHAPES = ("tpr", "fpr", "auc")


def absolute(make: Make, key: str, value: float, **shape: Any) -> Judgement:
    return judged(Limit.absolute(key, value), Measured.of([make(**shape)]))


def relative(make: Make, rule: str, before: dict[str, Any], now: dict[str, Any]) -> Judgement:
    return judged(Limit.parsed(rule), Measured.of([make(**now)]), Measured.of([make(**before)]))


def test_an_upper_limit_is_ok_where_the_whole_interval_is_within_it(make: Make) -> None:
    judgement = absolute(make, "tpr_max", 0.7, found=20)

    assert (judgement.verdict, judgement.value) == (Verdict.OK, 0.5)
    assert "TPR 0.500 [0.338, 0.662] (40 members): all of the interval keeps to the most allowed, 0.7." in str(
        judgement.sentence
    )


def test_a_value_beyond_the_limit_has_regressed(make: Make) -> None:
    judgement = absolute(make, "tpr_max", 0.4, found=20)

    assert judgement.verdict is Verdict.REGRESSED
    assert "beyond the most allowed, 0.4. Reduce what leaks" in judgement.sentence


def test_no_false_positive_among_nine_is_no_evidence_and_how_many_would_be(make: Make) -> None:
    judgement = absolute(make, "fpr_max", 0.1, others=9)

    assert judgement.verdict is Verdict.NO_EVIDENCE
    assert "0.000 [0.000, 0.336] (9 non-members)" in judgement.sentence
    assert "Too few non-members to tell; about 36 would do" in judgement.sentence
    assert absolute(make, "fpr_max", 0.1, others=36).verdict is Verdict.OK


def test_on_the_limit_itself_no_number_of_people_is_enough(make: Make) -> None:
    judgement = absolute(make, "tpr_max", 0.5, found=20)

    assert judgement.verdict is Verdict.NO_EVIDENCE
    assert "allow a little more" in judgement.sentence


def test_the_same_people_are_compared_one_by_one(make: Make) -> None:
    paired = relative(make, "tpr:+0.1", {"found": 20}, {"found": 20, "weights": "second"})
    apart = relative(make, "tpr:+0.1", {"found": 20, "order": None}, {"found": 20, "order": None, "weights": "second"})

    assert paired.verdict is Verdict.OK
    assert "40 members, paired" in paired.sentence
    assert apart.verdict is Verdict.NO_EVIDENCE
    assert "40 members, not paired" in apart.sentence
    assert "measure the baseline again with this version" in apart.sentence


@pytest.mark.parametrize("metric", ["tpr", "auc", "tpr@0.1"])
def test_a_leak_that_rises_is_bad_and_one_that_falls_is_good(make: Make, metric: str) -> None:
    low, high = {"found": 5}, {"found": 30}

    assert relative(make, f"{metric}:+0.1", low, high).verdict is Verdict.REGRESSED
    assert relative(make, f"{metric}:+0.1", high, low).verdict is Verdict.OK
    assert relative(make, f"{metric}:-0.1", high, low).verdict is Verdict.OK
    assert relative(make, f"{metric}:-0.1", low, low).verdict is Verdict.REGRESSED


def test_tpr_and_fpr_rest_on_members_and_on_non_members(make: Make) -> None:
    before, now = {"taken": 0}, {"taken": 20}

    assert relative(make, "fpr:+0.1", before, now).value == 0.5
    assert relative(make, "tpr:+0.1", before, now).value == 0.0


def test_a_demanded_fall_is_named_so(make: Make) -> None:
    judgement = relative(make, "tpr:-0.3", {"found": 20}, {"found": 15})

    assert judgement.verdict is Verdict.REGRESSED
    assert "beyond the demanded fall of 0.3" in judgement.sentence


def test_utility_that_falls_is_bad_and_the_worst_metric_decides(make_utility: MakeUtility) -> None:
    def after(shape: int, captions: int, rule: str = "utility:-0.1") -> Judgement:
        scores = [{"shape_top-1": 450, "captions_rank@1": 300}, {"shape_top-1": shape, "captions_rank@1": captions}]
        before, now = (Measured.of([], [make_utility(weights=str(score), **score)]) for score in scores)
        return judged(Limit.parsed(rule), now, before)

    assert after(450, 300).verdict is Verdict.OK
    assert after(490, 400).verdict is Verdict.OK
    lost = after(450, 200)
    assert lost.verdict is Verdict.REGRESSED
    assert lost.value == pytest.approx(-0.2)
    assert lost.sentence.startswith("1 of 2 metrics are ok. The worst: captions rank@1 0.600 in the baseline")
    assert after(450, 200, "utility/shape:-0.1").verdict is Verdict.OK
    assert after(450, 299, "utility:-0.02").verdict is Verdict.NO_EVIDENCE
    unknown = after(450, 300, "utility/rank@9:-0.1")
    assert unknown.verdict is Verdict.NO_EVIDENCE
    assert "there is no utility 'rank@9'; there are shape top-1, captions rank@1" in str(unknown.sentence).lower()


def test_photos_are_paired_where_it_is_known_which_were_answered_rightly(make_utility: MakeUtility) -> None:
    answers = np.arange(500) < 300
    fewer = answers & (np.arange(500) >= 5)
    before, now = (
        Measured.of([], [make_utility(weights=str(each.sum()), **{"captions_rank@1": each})])
        for each in (answers, fewer)
    )

    judgement = judged(Limit.parsed("utility:-0.05"), now, before)

    assert judgement.verdict is Verdict.OK
    assert judgement.value == pytest.approx(-0.01)
    assert "500 photos, paired" in judgement.sentence


def test_the_same_weights_answer_alike(make_utility: MakeUtility) -> None:
    measured = Measured.of([], [make_utility()])

    assert judged(Limit.parsed("utility:-0.02"), measured, measured).verdict is Verdict.OK


def test_an_absolute_limit_on_utility_is_a_lower_one(make_utility: MakeUtility) -> None:
    measured = Measured.of([], [make_utility()])

    def verdict(least: float) -> Verdict:
        return judged(Limit.absolute("utility_min", least), measured).verdict

    assert [verdict(least) for least in (0.5, 0.59, 0.7)] == [Verdict.OK, Verdict.NO_EVIDENCE, Verdict.REGRESSED]


@pytest.mark.parametrize("side", ["now", "before"])
@pytest.mark.parametrize(
    ("broken", "verdict", "said"),
    [
        ({"status": "invalid", "invalid_because": "permuted-map: AUC .7"}, Verdict.INVALID, "permuted-map: AUC .7"),
        ({"status": "error"}, Verdict.INVALID, "did not finish"),
        ({"status": "partial"}, Verdict.NO_EVIDENCE, "not everything was measured"),
    ],
)
def test_what_does_not_count_is_never_green(
    make: Make, side: str, broken: dict[str, Any], verdict: Verdict, said: str
) -> None:
    before, now = ({}, broken) if side == "now" else (broken, {})

    judgement = relative(make, "tpr:+0.9", before, now)

    assert judgement.verdict is verdict
    assert said in judgement.sentence
    assert ("baseline" in judgement.sentence) == (side == "before")
    if side == "now":
        assert absolute(make, "tpr_max", 0.99, **broken).verdict is verdict


def test_an_invalid_record_is_invalid_without_a_baseline_too(make: Make) -> None:
    measured = Measured.of([make(status="invalid")])

    assert judged(Limit.parsed("tpr:+0.1"), measured, "there is none").verdict is Verdict.INVALID


def test_whatever_is_missing_is_no_evidence_with_the_reason(make: Make, make_utility: MakeUtility) -> None:
    idia, tpr = Measured.of([make()]), Limit.parsed("tpr:+0.1")
    calibrated = Measured.of([make(attack="calibrated")])
    few = Measured.of([make(attack="calibrated", others=9)])
    cases = [
        (judged(tpr, idia, None), "There is no baseline to compare with"),
        (judged(tpr, idia, "The baseline is elsewhere"), "The baseline is elsewhere."),
        (judged(tpr, idia, "old/results holds none"), "old/results holds none."),
        (judged(tpr, idia, Measured("model-a", absent={"idia": "other people there"})), "Other people there."),
        (judged(tpr, Measured("model-a"), idia), "there is no record at all"),
        (judged(Limit.parsed("calibrated/auc:+0.1"), idia, idia), "attack calibrated on model-a: there is idia alone"),
        (judged(Limit.parsed("utility:-0.1"), idia, idia), "about its utility"),
        (
            judged(Limit.absolute("calibrated/tpr_max", 0.9), calibrated),
            "ask for calibrated/tpr@0.01 or calibrated/auc",
        ),
        (judged(Limit.absolute("calibrated/tpr@0.1_max", 0.9), few), "it takes 10 non-members, and there are 9"),
        (judged(Limit.absolute("tpr@0.001_max", 0.9), idia), "made before that was measured"),
    ]
    for judgement, said in cases:
        assert judgement.verdict is Verdict.NO_EVIDENCE
        assert said in judgement.sentence
        assert judgement.sentence.endswith(".")
        assert judgement.value is None


def test_tasks_that_are_not_the_same_are_not_compared(make_utility: MakeUtility) -> None:
    before = Measured.of([], [make_utility(**{"shape_top-1": 450, "colour_top-1": 450})])
    now = Measured.of([], [make_utility(**{"shape_top-1": 450})])

    judgement = judged(Limit.parsed("utility:-0.5"), now, before)

    assert judgement.verdict is Verdict.NO_EVIDENCE
    assert judgement.sentence.startswith("Colour top-1 cannot be compared")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LEAK_SHAPES), st.integers(0, 12), st.integers(0, 12), FRACTIONS, FRACTIONS)
def test_loosening_a_limit_never_makes_a_verdict_worse(
    make: Make, metric: str, found: int, taken: int, one: float, other: float
) -> None:
    tight, loose = sorted((one, other))
    measured = Measured.of([make(found, taken, members=12, others=12)])
    baseline = Measured.of([make(6, 3, members=12, others=12, order=None)])
    for is_relative, shift in ((False, 0.0), (True, 0.0), (True, -0.5)):
        limits = [Limit("idia", metric, bound + shift, is_relative) for bound in (tight, loose)]
        severity = [_severity(judged(limit, measured, baseline)) for limit in limits]
        assert severity[0] >= severity[1]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 500), st.integers(0, 500), FRACTIONS, FRACTIONS)
def test_demanding_less_utility_never_makes_a_verdict_worse(
    make_utility: MakeUtility, right: int, before: int, one: float, other: float
) -> None:
    loose, tight = sorted((one, other))
    now, baseline = (Measured.of([], [make_utility(weights=str(n), shape_top=n)]) for n in (right, before))
    for bounds in ((loose, tight), (loose - 1, tight - 1)):
        is_relative = bounds[0] < 0
        verdicts = [judged(Limit("utility", "", bound, is_relative), now, baseline) for bound in bounds]
        assert _severity(verdicts[0]) <= _severity(verdicts[1])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LEAK_SHAPES), st.integers(0, 12), st.integers(0, 12), FRACTIONS)
def test_ok_means_the_whole_interval_and_regressed_the_value(
    make: Make, metric: str, found: int, taken: int, bound: float
) -> None:
    judgement = judged(Limit.absolute(f"{metric}_max", bound), Measured.of([make(found, taken, members=12, others=12)]))

    assert judgement.value is not None
    assert judgement.high is not None
    assert (judgement.verdict is Verdict.OK) == (judgement.high <= bound + 1e-9)
    assert (judgement.verdict is Verdict.REGRESSED) == (judgement.value > bound + 1e-9)


def _severity(judgement: Judgement) -> int:
    return [Verdict.OK, Verdict.NO_EVIDENCE, Verdict.REGRESSED].index(judgement.verdict)
