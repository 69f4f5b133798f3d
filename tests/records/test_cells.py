import numpy as np

from idia import evaluate
from idia.attacks.voting import Votes
from idia.records import cell_document, rounded, trend_document


def test_a_cell_holds_counts_of_people_that_add_up_and_fractions() -> None:
    scores = np.array([[[2, 0, 1]], [[0, 0, 0]], [[1, 0, 0]]], dtype=np.uint16)
    cell = cell_document(evaluate(Votes(scores, (1,), 2), np.array([5, 75, 0])).cell(1))

    assert (cell["n_photos"], cell["occurrences"], cell["tau"]) == (1, "all", 1)
    assert (cell["members"], cell["non_members"]) == (2, 1)
    assert cell["counts"] == {"tp": rounded(2 / 3), "fn": rounded(4 / 3), "fp": rounded(1 / 3), "tn": rounded(2 / 3)}
    assert cell["counts_sd"] == {"tp": rounded(2**0.5 / 3), "fp": rounded(2**0.5 / 3)}
    assert cell["tpr"]["value"] == rounded(1 / 3)
    assert cell["tpr"]["n"] == 2
    assert cell["accuracy"] == rounded((2 / 3 + 2 / 3) / 3)


def test_the_last_bits_make_no_difference() -> None:
    assert rounded(0.1 + 0.2) == 0.3


def test_a_trend_keeps_its_digits_however_small_it_is_and_names_its_bins() -> None:
    scores = np.zeros((121, 1, 1), dtype=np.uint16)
    scores[60:120] = 1
    result = evaluate(Votes(scores, (1,), 2), np.array([1] * 60 + [10] * 60 + [0]))
    trend = trend_document(result)

    assert result.trend is not None
    assert trend is not None
    assert 0 < trend["p"] < 1e-30
    assert abs(trend["p"] / result.trend.p - 1) < 1e-8
    assert (trend["bins"], trend["n"]) == (["1", "10"], 120)
    assert trend_document(evaluate(Votes(scores, (1,), 2), np.array([1] * 120 + [0]))) is None
