import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia.errors import RecordError
from idia.records.order import order_sha256, row_order, secret_key, synthetic_key


@given(st.lists(st.text(min_size=1), min_size=1, unique=True))
def test_the_order_is_that_of_the_people_and_not_of_how_they_come(names: list[str]) -> None:
    shuffled = sorted(names, key=hash)
    order = [names[row] for row in row_order(names, b"key")]

    assert sorted(order) == sorted(names)
    assert [shuffled[row] for row in row_order(shuffled, b"key")] == order


def test_another_key_is_another_order_and_says_so() -> None:
    names = [f"person {number}" for number in range(20)]

    assert row_order(names, b"one").tolist() != row_order(names, b"two").tolist()
    assert order_sha256("0" * 64, b"one") != order_sha256("0" * 64, b"two")
    assert order_sha256("0" * 64, b"one") != order_sha256("1" * 64, b"one")
    assert b"one".hex() not in order_sha256("0" * 64, b"one")


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    cache = tmp_path / "not" / "there"
    key = secret_key(cache)

    assert secret_key(cache) == key != secret_key(tmp_path) != synthetic_key()
    (file,) = cache.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_is_damaged_or_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    secret_key(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"short")
    with pytest.raises(RecordError, match="damaged: expected 32 bytes, got 5"):
        secret_key(tmp_path)
    with pytest.raises(RecordError, match="cannot be kept"):
        secret_key(file / "below")
