import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from idia import cosine_argmax
from idia.errors import SettingError, ShapeError
from idia.kernels import reference


def literal(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """The definition, one loop at a time."""
    answer = np.zeros((len(images), len(texts)), dtype=np.int64)
    for photo, image in enumerate(images.astype(np.float64)):
        for prompt, names in enumerate(texts.astype(np.float64)):
            similarities = [float(np.sum(image * name)) for name in names]
            answer[photo, prompt] = next(
                index for index, value in enumerate(similarities) if value >= max(similarities) - 1e-12
            )
    return answer


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 6), st.integers(1, 4), st.integers(1, 9), st.integers(1, 5))
def test_equals_the_definition(data: st.DataObject, photos: int, prompts: int, names: int, dim: int) -> None:
    # Few different values make exact ties common.
    values = st.sampled_from([-1.0, -0.5, 0.0, 0.1, 0.5, 1.0])
    images = data.draw(arrays(np.float32, (photos, dim), elements=values.map(np.float32)))
    texts = data.draw(arrays(np.float32, (prompts, names, dim), elements=values.map(np.float32)))

    best = cosine_argmax(images, texts)

    assert best.indices.tolist() == literal(images, texts).tolist()


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_answers_are_of_the_kind_of_the_photos(kind) -> None:  # type: ignore[no-untyped-def]  # numpy and torch alike
    best = cosine_argmax(kind(np.eye(3, dtype=np.float32)), kind(np.eye(3, dtype=np.float32)[None]))

    assert isinstance(best.indices, type(kind(np.eye(3))))
    assert best.indices.shape == (3, 1)
    assert best.similarities.tolist() == [[1.0], [1.0], [1.0]]


def test_an_exact_tie_goes_to_the_lowest_index() -> None:
    names = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]], dtype=np.float32)

    assert cosine_argmax(np.array([[1.0, 0.0]], dtype=np.float32), names[None]).indices.tolist() == [[1]]


def test_similarities_within_1e_12_are_tied_and_further_apart_are_not() -> None:
    photo = np.array([[1.0]])

    assert cosine_argmax(photo, np.array([[[0.5 - 9e-13], [0.5]]])).indices.tolist() == [[0]]
    assert cosine_argmax(photo, np.array([[[0.5 - 3e-12], [0.5]]])).indices.tolist() == [[1]]


def test_inputs_are_not_normalised_again() -> None:
    best = cosine_argmax(np.array([[2.0, 0.0]]), np.array([[[0.5, 0.0], [3.0, 0.0]]]))

    assert best.similarities.tolist() == [[6.0]]


def test_slices_of_photos_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    images, texts = rng.normal(size=(7, 4)), rng.normal(size=(2, 5, 4))
    whole = cosine_argmax(images, texts, impl="reference")
    assert whole.indices.tolist() == literal(images, texts).tolist()
    monkeypatch.setattr(reference, "_SLICE", 10)
    monkeypatch.setattr(reference, "_PAIRS", 8)

    assert cosine_argmax(images, texts, impl="reference").indices.tolist() == whole.indices.tolist()


def test_the_near_tie_rate_counts_pairs_that_float32_could_turn() -> None:
    images = np.array([[1.0, 0.0], [0.0, 1.0]])
    texts = np.array([[[0.5, 0.1], [0.5 + 1e-8, 0.9]]])

    assert cosine_argmax(images, texts).near_tie_rate == 0.5


def test_no_photos_give_an_empty_answer() -> None:
    for impl in ("reference", "cpu"):
        assert cosine_argmax(np.zeros((0, 4)), np.zeros((2, 3, 4)), impl=impl).indices.shape == (0, 2)


def test_no_prompts_give_an_empty_answer() -> None:
    assert cosine_argmax(np.zeros((3, 4)), np.zeros((0, 3, 4))).indices.shape == (3, 0)


def test_embeddings_of_no_length_are_all_tied() -> None:
    assert cosine_argmax(np.zeros((3, 0)), np.zeros((1, 3, 0))).indices.tolist() == [[0]] * 3


def test_low_precision_embeddings_are_taken_as_given() -> None:
    images = torch.eye(4, dtype=torch.float16)

    assert cosine_argmax(images, torch.eye(4, dtype=torch.bfloat16)[None]).indices[:, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("images", "texts", "message"),
    [
        (np.zeros(4), np.zeros((1, 2, 4)), r"images must have shape \(photos, dim\), got \(4,\)"),
        (np.zeros((3, 4)), np.zeros((1000, 4)), r"got \(1000, 4\)\. Add a prompt axis: texts\[None\]"),
        (np.zeros((3, 4)), np.zeros((1, 2, 5)), r"\(prompts, names, 4\), got \(1, 2, 5\)"),
        (np.zeros((3, 4)), np.zeros((1, 0, 4)), "at least one name"),
        (np.zeros((3, 4), dtype=int), np.zeros((1, 2, 4)), "images must hold float16, float32 or float64"),
        (np.zeros((3, 4), dtype=np.longdouble), np.zeros((1, 2, 4)), "images must hold float16"),
        (torch.zeros(3, 4, dtype=torch.int64), torch.zeros(1, 2, 4), "images must hold floating-point"),
        ([[1.0, 0.0]], np.zeros((1, 2, 2)), "images must be a torch tensor or a numpy array, got list"),
        (np.zeros((3, 2)), [[[1.0, 0.0]]], "texts must be a torch tensor or a numpy array, got list"),
        (np.full((3, 4), np.nan), np.zeros((1, 2, 4)), "must be finite"),
        (np.zeros((3, 4)), np.full((1, 2, 4), np.inf), "must be finite"),
    ],
)
def test_unusable_embeddings_are_refused(images: np.ndarray, texts: np.ndarray, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        cosine_argmax(images, texts)


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(SettingError, match="'auto', 'reference', 'cpu', 'cpu-int8', 'triton', got 'cuda'"):
        cosine_argmax(np.eye(2), np.eye(2)[None], impl="cuda")  # type: ignore[arg-type]  # on purpose


def test_any_layout_of_memory_will_do() -> None:
    images = np.eye(4)[:, ::-1]
    images.flags.writeable = False
    texts = np.eye(4, dtype=">f4")[None]

    assert cosine_argmax(images, texts).indices[:, 0].tolist() == [3, 2, 1, 0]


def test_answers_carry_no_gradient() -> None:
    images = torch.eye(2, requires_grad=True)

    similarities = cosine_argmax(images, torch.eye(2)[None]).similarities

    assert isinstance(similarities, torch.Tensor)
    assert not similarities.requires_grad


def test_photos_and_texts_on_different_devices_are_refused() -> None:
    with pytest.raises(SettingError, match=r"images are on meta and texts on cpu: move one of them"):
        cosine_argmax(torch.empty(1, 2, device="meta"), np.eye(2)[None])
