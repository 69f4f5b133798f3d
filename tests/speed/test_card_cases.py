from dataclasses import replace

import pytest
import torch

from idia.kernels import cosine_argmax
from idia.speed.card_cases import Verdict, cases, n_wrong, verdict_words, verdicts
from idia.speed.card_plan import Work

CPU = torch.device("cpu")
WORK = Work(16, 2, 70, 160)


def test_cases_are_as_difficult_as_they_say() -> None:
    made = {name: (images, texts) for name, images, texts in cases(WORK, CPU)}

    assert len(made) == 11
    images, texts = made["near-duplicates"]
    differences = (texts[:, 1::2] - texts[:, ::2]).abs()
    assert 0 < differences.max() < 1e-7
    images, texts = made["nearer ones in float64"]
    assert 0 < (texts[:, 1::2] - texts[:, ::2]).abs().max() < 1e-11
    images, texts = made["duplicates across tiles"]
    best = cosine_argmax(images, texts[:1], impl="reference")
    assert set(torch.as_tensor(best.indices).flatten().tolist()) == {15, 31, 63}
    images, texts = made["all names alike"]
    assert torch.equal(texts, texts[:, :1].expand(texts.shape))
    assert made["one name"][1].shape == (2, 1, 160)
    assert [tuple(each.shape) for each in made["ragged sizes"]] == [(3, 149), (2, 67, 149)]
    assert made["float16"][0].dtype == torch.float16
    assert made["bfloat16"][1].dtype == torch.bfloat16
    lengths = made["lengths from 0.01 to 100"][0].norm(dim=1)
    assert (float(lengths[0]), float(lengths[-1])) == pytest.approx((0.01, 100), rel=1e-5)


def test_the_reference_is_right_in_all_of_them() -> None:
    found = verdicts(WORK, CPU, impl="cpu")

    assert [each.n_wrong for each in found] == [0] * 11
    assert found[0].n_answers == 32
    assert found[1].rescored_rate > 0


def test_other_names_and_other_similarities_are_wrong() -> None:
    ((_, images, texts), *_) = cases(WORK, CPU)
    exact = cosine_argmax(images, texts, impl="reference")
    indices, similarities = torch.as_tensor(exact.indices).clone(), torch.as_tensor(exact.similarities).clone()
    indices[0, 0] += 1
    similarities[1, 1] += 1e-6
    similarities[2, 0] = torch.nan

    assert n_wrong(exact, exact) == 0
    assert n_wrong(replace(exact, indices=indices, similarities=similarities), exact) == 3


def test_words_count_everything() -> None:
    found = [Verdict("random", 2_000, 0, 0.0123), Verdict("tied", 100, 3, 1.0)]

    assert verdict_words(found) == (
        "3 of 2,100 answers in 2 cases differ from float64",
        "re-scored in float64: random 1.23 % of 2,000, tied 100 % of 100",
    )
