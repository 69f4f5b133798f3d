import io
from pathlib import Path

import numpy as np
import pytest

from idia.attacks.voting import Votes
from idia.errors import RecordError
from idia.evaluation import evaluate
from idia.records import load_votes
from idia.records.votes import encoded_votes, same_votes


def test_the_same_arrays_are_the_same_bytes(votes: dict[str, np.ndarray]) -> None:
    reordered = {name: votes[name].copy() for name in reversed(votes)}

    assert encoded_votes(reordered) == encoded_votes(votes)


def test_what_was_written_is_read_back(tmp_path: Path, votes: dict[str, np.ndarray]) -> None:
    path = tmp_path / "votes.npz"
    path.write_bytes(encoded_votes(votes))

    loaded = load_votes(path)

    assert same_votes(loaded, votes)
    assert not same_votes(loaded | {"scores": loaded["scores"] + 1}, votes)
    assert not same_votes(loaded | {"scores": loaded["scores"].astype(np.int64)}, votes)


def test_a_stranger_recomputes_every_rate_at_every_threshold_with_numpy_alone(
    tmp_path: Path, votes: dict[str, np.ndarray]
) -> None:
    rng = np.random.default_rng(0)
    votes["scores"] = rng.integers(0, 4, (4, 2, 2), dtype=np.uint16)
    path = tmp_path / "votes.npz"
    path.write_bytes(encoded_votes(votes))
    result = evaluate(Votes(votes["scores"], (1, "all"), 3), votes["occurrences"], tau=2)

    with np.load(path, allow_pickle=False) as file:
        is_member = file["occurrences"] > 0
        called = [file["scores"] >= tau for tau in (1, 2, 3)]
        sizes = list(file["sizes"])
    tpr = [float(verdict[is_member, -1].mean()) for verdict in called]
    fpr = [float(verdict[~is_member, -1].mean()) for verdict in called]
    at_one_photo = called[1][is_member, sizes.index("1")].mean()

    assert [cell.tpr.value for cell in result.threshold_sweep] == pytest.approx(tpr)
    assert [cell.fpr.value for cell in result.threshold_sweep] == pytest.approx(fpr)
    assert result.cell(1).tpr.value == pytest.approx(at_one_photo)


def test_the_codes_alone_give_the_score_of_all_photos(votes: dict[str, np.ndarray]) -> None:
    votes["codes"] = np.array([[0, 0, 1]] * 2 + [[0, 2, 1]] * 3 + [[1, 1, 1]] * 4, dtype=np.uint16)
    parts = np.split(votes["codes"], votes["photo_offsets"][1:-1])

    def won(column: np.ndarray) -> bool:
        counts = np.bincount(column)
        return bool(counts[0] > counts[1:].max(initial=0))

    assert [sum(won(column) for column in part.T) for part in parts] == [2, 1, 0, 0]


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("pseudonyms", np.array(["p0", "p1", "p2", "Ada Example"]), "'pseudonyms' must hold words of the form p"),
        ("pseudonyms", np.array(["p0", "p1"] * 2, dtype=object), "'pseudonyms' must hold words"),
        ("pseudonyms", np.arange(4), "'pseudonyms' must hold words"),
        ("sizes", np.array(["1", "Ada"]), "'sizes' must hold words"),
        ("codes", np.array([["Ada Example"] * 3] * 9), "'codes' must hold whole numbers"),
        ("scores", np.zeros((4, 2, 2)), "'scores' must hold whole numbers"),
        ("occurrences", np.array([75, 10, 0]), r"'occurrences' must have shape \[4\], got \[3\]"),
        ("scores", np.zeros((4, 3, 2), dtype=np.uint16), r"must have shape \[4, 2, 'draws'\], got \[4, 3, 2\]"),
        ("codes", np.zeros((8, 3), dtype=np.uint16), r"must have shape \[9, 'prompts'\]"),
        ("photo_offsets", np.zeros(4, dtype=int), r"must have shape \[5\]"),
    ],
)
def test_names_floats_and_wrong_shapes_are_never_written(
    votes: dict[str, np.ndarray], name: str, array: np.ndarray, message: str
) -> None:
    with pytest.raises(RecordError, match=message) as error:
        encoded_votes(votes | {name: array})
    assert "Ada" not in str(error.value)


def test_missing_and_additional_arrays_are_refused(votes: dict[str, np.ndarray]) -> None:
    with pytest.raises(RecordError, match="must hold exactly the arrays"):
        encoded_votes(votes | {"names": np.arange(4)})
    del votes["codes"]
    with pytest.raises(RecordError, match="must hold exactly the arrays"):
        encoded_votes(votes)


def test_pickles_damaged_and_missing_files_are_refused(tmp_path: Path, votes: dict[str, np.ndarray]) -> None:
    pickled, array, cut, empty = (tmp_path / f"{name}.npz" for name in ("pickled", "array", "cut", "empty"))
    np.savez(pickled, pseudonyms=np.array([{}], dtype=object))
    with array.open("wb") as file:
        np.save(file, np.arange(3))
    content = encoded_votes(votes)
    cut.write_bytes(content[: len(content) // 2])
    empty.write_bytes(b"")
    flipped = tmp_path / "flipped.npz"
    flipped.write_bytes(content[:200] + bytes(byte ^ 255 for byte in content[200:240]) + content[240:])

    for path in (pickled, array, cut, empty, flipped, tmp_path / "missing.npz"):
        with pytest.raises(RecordError, match="cannot read the votes"):
            load_votes(path)


def test_arrays_are_written_without_pickle(votes: dict[str, np.ndarray]) -> None:
    with np.load(io.BytesIO(encoded_votes(votes)), allow_pickle=False) as archive:
        assert {archive[name].dtype.kind for name in archive.files} <= set("iuU")
