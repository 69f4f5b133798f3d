import pytest
import torch

from idia.models import tokens
from idia.models.tokens import SharedTokenizer


class Letters:
    """Two letters of each text, and a count of the texts."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, texts: list[str]) -> torch.Tensor:
        self.seen += texts
        return torch.tensor([[ord(letter) for letter in text[:2]] for text in texts])


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_remembered", {})


def test_a_text_is_tokenised_once_for_all_models_of_one_vocabulary() -> None:
    first, second = Letters(), Letters()
    texts = ["ab", "cd", "ab"]

    assert SharedTokenizer(first, "v")(texts).tolist() == [[97, 98], [99, 100], [97, 98]]
    assert SharedTokenizer(second, "v")(["cd", "ef"]).tolist() == [[99, 100], [101, 102]]
    assert (first.seen, second.seen) == (["ab", "cd"], ["ef"])


def test_another_vocabulary_is_asked_itself() -> None:
    SharedTokenizer(Letters(), "v")(["ab"])
    other = Letters()
    SharedTokenizer(other, "w")(["ab"])

    assert other.seen == ["ab"]


def test_not_everything_is_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_MOST_TEXTS", 3)
    letters = Letters()
    shared = SharedTokenizer(letters, "v")
    shared(["ab", "cd"])

    assert shared(["ab", "ef", "gh"]).tolist() == [[97, 98], [101, 102], [103, 104]]
    assert shared(["ab", "cd", "ij", "kl", "mn"]).shape == (5, 2)
    assert letters.seen == ["ab", "cd", "ab", "ef", "gh", "ab", "cd", "ij", "kl", "mn"]
