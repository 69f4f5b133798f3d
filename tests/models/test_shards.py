import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from idia.errors import ModelError, SettingError
from idia.models.shard_files import description_path, read_description
from idia.models.shards import ShardStore

KEYS = [hashlib.sha256(bytes([number])).digest() for number in range(10)]
VECTORS = torch.arange(30.0).reshape(10, 3)


def read(store: ShardStore, keys: Sequence[bytes]) -> tuple[set[bytes], Tensor]:
    into = torch.full((len(keys), 3), -1.0)
    return store.read({key: row for row, key in enumerate(keys)}, into), into


def shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


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
    files = shards(folder)

    assert len(files) == 2
    for file in files:
        assert file.name == f"{hashlib.sha256(file.read_bytes()).hexdigest()}.safetensors"


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "foreign"])
def test_a_damaged_file_is_dropped_and_the_others_still_serve(folder: Path, damage: str) -> None:
    victim = shards(folder)[0]
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
    assert not shards(folder)


def read_of_length(store: ShardStore, dim: int) -> tuple[set[bytes], Tensor]:
    into = torch.empty(len(KEYS), dim)
    return store.read({key: row for row, key in enumerate(KEYS)}, into), into


def test_a_file_damaged_or_deleted_after_it_was_indexed_is_missed(folder: Path) -> None:
    store = ShardStore(folder, 3)
    assert len(read(store, KEYS)[0]) == 10
    for file, damage in zip(shards(folder), ("damaged", "deleted"), strict=True):
        if damage == "damaged":
            file.write_bytes(b"x")
        else:
            file.unlink()

    assert not read(store, KEYS)[0]


def test_what_was_dropped_can_be_written_again(folder: Path) -> None:
    store, (victim, _) = ShardStore(folder, 3), shards(folder)
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1])
    dropped = sorted({*KEYS} - read(store, KEYS)[0])
    with store.locked():
        for part in (KEYS[:5], KEYS[5:]):
            if part[0] in dropped:
                store.write(part, VECTORS[KEYS.index(part[0]) :][:5])

    assert victim.read_bytes() == whole
    found, vectors = read(store, KEYS)
    assert found == {*KEYS}
    assert torch.equal(vectors, VECTORS)


def test_a_damaged_key_hides_its_embedding_and_never_gives_another(folder: Path) -> None:
    victim = shards(folder)[0]
    content = bytearray(victim.read_bytes())
    (position,) = (at for at in [content.find(KEYS[0]), content.find(KEYS[5])] if at >= 0)
    wanted = bytes(content[position : position + 32])
    content[position : position + 32] = b"n" * 32
    victim.write_bytes(content)

    assert not read(ShardStore(folder, 3), [wanted])[0]
    assert not read(ShardStore(folder, 3), [b"n" * 32])[0]
    assert not victim.exists()


def test_embeddings_of_another_type_are_dropped(folder: Path) -> None:
    keys = torch.tensor([[7] * 32], dtype=torch.uint8)
    for vectors in (torch.ones(1, 3, dtype=torch.float64), torch.tensor(1.0), torch.ones(3)):
        content = save({"keys": keys, "vectors": vectors})
        path = folder / f"{hashlib.sha256(content).hexdigest()}.safetensors"
        path.write_bytes(content)
        assert read(ShardStore(folder, 3), [*KEYS, b"\7" * 32])[0] == {*KEYS}
        assert not path.exists()


def test_a_file_called_otherwise_is_nobodys_and_stays(folder: Path) -> None:
    stranger = folder / "weights.safetensors"
    stranger.write_bytes(b"not ours")
    assert read(ShardStore(folder, 3), KEYS)[0] == {*KEYS}

    assert stranger.read_bytes() == b"not ours"


def test_a_disk_that_is_full_keeps_nothing_half(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(folder.iterdir())
    store = ShardStore(folder, 3)
    with store.locked():
        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(SettingError, match="cannot be written \\(No space left on device\\)"):
            store.write([b"n" * 32], torch.ones(1, 3))

    assert sorted(folder.iterdir()) == before


def test_a_folder_that_vanishes_while_its_lock_is_awaited_is_made_again(folder: Path) -> None:
    waiting = ShardStore(folder, 3)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    with waiting.locked():
        waiting.write(KEYS[:5], VECTORS[:5])

    assert read(waiting, KEYS)[0] == {*KEYS[:5]}


def test_a_folder_says_what_it_is_and_when_it_was_used(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "model"
    store = ShardStore(folder, 3, {"model": "ViT-B-32", "kind": "photos"})
    with store.locked():
        store.write(KEYS, VECTORS)
    assert read_description(folder) == {"format": "idia embeddings", "model": "ViT-B-32", "kind": "photos"}

    old = 1_000_000_000
    for keys, is_use in (([b"?" * 32], False), (KEYS, True)):
        os.utime(description_path(folder), (old, old))
        read(ShardStore(folder, 3), keys)
        assert (description_path(folder).stat().st_mtime > old) is is_use
    os.utime(description_path(folder), (old, old))
    reader = ShardStore(folder, 3)
    read(reader, KEYS)
    os.utime(description_path(folder), (old, old))
    read(reader, KEYS)
    assert description_path(folder).stat().st_mtime == old, "once a run is enough"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"{}", b'{"format": "another"}', b"\xff"])
def test_a_damaged_description_is_none_and_is_written_again(folder: Path, damage: bytes) -> None:
    description_path(folder).write_bytes(damage)
    assert read_description(folder) == {}
    with ShardStore(folder, 3, {"model": "tiny"}).locked():
        pass
    assert read_description(folder)["model"] == "tiny"


def test_what_another_writes_is_seen(folder: Path) -> None:
    reader, writer, new = ShardStore(folder, 3), ShardStore(folder, 3), b"n" * 32
    assert not read(reader, [new])[0]
    writer.write([new], torch.ones(1, 3))

    assert read(reader, [new])[0] == {new}


def test_leftovers_of_a_kill_are_swept_up_and_nothing_else(folder: Path) -> None:
    (folder / "idia-half.tmp").write_bytes(b"half")
    for mine in ("download.tmp", "idia-notes.txt"):
        (folder / mine).write_bytes(b"mine")
    store = ShardStore(folder, 3)

    assert len(read(store, KEYS)[0]) == 10
    with store.locked():
        pass
    assert not (folder / "idia-half.tmp").exists()
    assert (folder / "download.tmp").read_bytes() == (folder / "idia-notes.txt").read_bytes() == b"mine"


def test_a_store_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    mine = [tmp_path / "thesis" / name for name in ("idia-half.tmp", "a.tmp", f"{'ab' * 32}.safetensors")]
    for path in mine:
        path.write_bytes(b"mine")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "model").symlink_to(tmp_path / "thesis")
    store = ShardStore(tmp_path / "cache" / "model", 3)

    with pytest.raises(SettingError, match="is a link"), store.locked():
        raise AssertionError("the lock was taken")
    with pytest.raises(SettingError, match="is a link"):
        read(store, KEYS)
    assert sorted((tmp_path / "thesis").iterdir()) == sorted(mine)


@pytest.mark.skipif(os.name == "nt", reason="needs permissions")
def test_folders_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "caches" / "idia" / "model"
    before = os.umask(0o022)
    try:
        with ShardStore(folder, 3).locked():
            pass
    finally:
        os.umask(before)

    modes = [path.stat().st_mode & 0o777 for path in (folder, folder.parent, folder.parent.parent)]
    assert modes == [0o700, 0o700, 0o755], "others keep things in the folder above"


def test_whoever_is_writing_is_told_not_to_write_within(folder: Path) -> None:
    within = ShardStore(folder, 3).locked()
    with ShardStore(folder, 3).locked(), pytest.raises(ModelError, match="must not use the cache"), within:
        raise AssertionError("the lock was taken twice")
    with ShardStore(folder, 3).locked():
        pass


def test_a_folder_that_cannot_be_written_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = ShardStore(tmp_path / "file" / "model", 3)

    with pytest.raises(SettingError, match=r"cannot be written .*--idia-cache-dir"), store.locked():
        raise AssertionError("the lock was taken")
    with pytest.raises(SettingError, match=r"cannot be written .*--idia-cache-dir"):
        store.write(KEYS, VECTORS)
