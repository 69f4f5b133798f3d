import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from idia.errors import SettingError
from idia.models.shards import ShardStore

KEYS = [hashlib.sha256(bytes([number])).digest() for number in range(10)]
VECTORS = torch.arange(30.0).reshape(10, 3)


def read(store: ShardStore, keys: Sequence[bytes]) -> tuple[set[bytes], Tensor]:
    into = torch.full((len(keys), 3), -1.0)
    return store.read({key: row for row, key in enumerate(keys)}, into), into


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store's folder with two shards of five."""
    store = ShardStore(tmp_path / "cache" / "model", 3)
    with store.locked():
        store.write(KEYS[:5], VECTORS[:5])
        store.write(KEYS[5:], VECTORS[5:])
    return tmp_path / "cache" / "model"


def test_what_was_written_is_read_in_any_order(folder: Path) -> None:
    order = [7, 0, 9, 3]
    found, vectors = read(ShardStore(folder, 3), [KEYS[number] for number in order])

    assert found == {KEYS[number] for number in order}
    assert torch.equal(VECTORS[order], vectors)


def test_what_was_not_written_is_not_found(folder: Path) -> None:
    found, vectors = read(ShardStore(folder, 3), [KEYS[1], b"?" * 32])

    assert found == {KEYS[1]}
    assert vectors[1].tolist() == [-1, -1, -1]


def test_an_absent_folder_holds_nothing_and_is_not_created(tmp_path: Path) -> None:
    found, _ = read(ShardStore(tmp_path / "absent", 3), KEYS)

    assert not found
    assert not (tmp_path / "absent").exists()


def test_files_are_named_after_their_content(folder: Path) -> None:
    files = sorted(folder.iterdir())

    assert len(files) == 2
    for file in files:
        assert file.name == f"{hashlib.sha256(file.read_bytes()).hexdigest()}.safetensors"


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "foreign"])
def test_a_damaged_file_is_dropped_and_the_others_still_serve(folder: Path, damage: str) -> None:
    victim = min(folder.iterdir())
    content = victim.read_bytes()
    victim.write_bytes(
        {
            "cut": content[:-1],
            "flipped": content[:-1] + bytes([content[-1] ^ 1]),
            "emptied": b"",
            "foreign": b"some words",
        }[damage]
    )
    found, vectors = read(ShardStore(folder, 3), KEYS)

    assert found in ({*KEYS[:5]}, {*KEYS[5:]})
    assert not victim.exists()
    for row, key in enumerate(KEYS):
        assert vectors[row].tolist() == (VECTORS[row].tolist() if key in found else [-1, -1, -1])


def test_a_whole_file_of_another_kind_is_dropped(folder: Path) -> None:
    content = b"some words"
    path = folder / f"{hashlib.sha256(content).hexdigest()}.safetensors"
    path.write_bytes(content)
    found, _ = read(ShardStore(folder, 3), KEYS)

    assert found == {*KEYS}


def test_embeddings_of_another_length_are_dropped(folder: Path) -> None:
    found, _ = read_of_length(ShardStore(folder, 4), 4)

    assert not found
    assert not list(folder.iterdir())


def read_of_length(store: ShardStore, dim: int) -> tuple[set[bytes], Tensor]:
    into = torch.empty(len(KEYS), dim)
    return store.read({key: row for row, key in enumerate(KEYS)}, into), into


def test_a_file_damaged_or_deleted_after_it_was_indexed_is_missed(folder: Path) -> None:
    store = ShardStore(folder, 3)
    assert len(read(store, KEYS)[0]) == 10
    for file, damage in zip(sorted(folder.iterdir()), ("damaged", "deleted"), strict=True):
        if damage == "damaged":
            file.write_bytes(b"x")
        else:
            file.unlink()

    assert not read(store, KEYS)[0]


def test_what_another_writes_is_seen(folder: Path) -> None:
    reader, writer, new = ShardStore(folder, 3), ShardStore(folder, 3), b"n" * 32
    assert not read(reader, [new])[0]
    writer.write([new], torch.ones(1, 3))

    assert read(reader, [new])[0] == {new}


def test_leftovers_of_a_kill_are_swept_up(folder: Path) -> None:
    (folder / "half.tmp").write_bytes(b"half")
    store = ShardStore(folder, 3)

    assert len(read(store, KEYS)[0]) == 10
    with store.locked():
        pass
    assert not (folder / "half.tmp").exists()


def test_a_folder_that_cannot_be_written_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = ShardStore(tmp_path / "file" / "model", 3)

    with pytest.raises(SettingError, match=r"cannot be written .*--idia-cache-dir"), store.locked():
        raise AssertionError("the lock was taken")
    with pytest.raises(SettingError, match=r"cannot be written .*--idia-cache-dir"):
        store.write(KEYS, VECTORS)
