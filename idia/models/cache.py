"""Embeddings computed once: kept on disk by the content of what was encoded and by everything that encoded it."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, TypeVar, final

import torch
from jaxtyping import Float32
from torch import Tensor

from idia.errors import ModelError
from idia.models.embeddings import NoDirectionError, checked_embeddings
from idia.models.pictures import Pictures
from idia.models.prompting import as_prompt_model, encode_prompts
from idia.models.protocol import Model, ModelInfo, Progress
from idia.models.shards import ShardStore
from idia.models.tally import Tally, Tick
from idia.photos import Photo, photo_sha256
from idia.prompts import PromptTemplates

_Kind = Literal["photos", "texts"]
_Item = TypeVar("_Item")
_Encode = Callable[[list[bytes], Tally], Iterator[tuple[list[bytes], Float32[Tensor, "items dim"]]]]

MOST_TEXTS = 50_000
"""Texts of one call that are kept; a million names would fill a disk with what is quick to compute again."""

_VERSION = 3  # of what the embeddings depend on besides the model: how photos are decoded, how files are laid out
# What makes pixels of photos and tokens of texts, besides the model; of what is not installed, nothing depends.
_LIBRARIES = {"photos": ("pillow", "torchvision"), "texts": ("ftfy", "regex", "tokenizers", "transformers")}
_PER_SHARD = {"photos": 512, "texts": 1024}  # how much a kill may cost


@final
class EmbeddingCache:
    """Encodes what is new and remembers the rest, across runs and processes.

    A photo is known by its content, so a file that was seen before is not even decoded. Of several processes that want
    the same, one encodes while the others wait and then read. Entries are kept apart by whatever shapes an embedding:
    weights, architecture, activation, precision, libraries, device, and preprocessing or tokenizer. A model that does
    not say what its weights are, or how it prepares its input, is never remembered.

    A library for matrices may add in another order where fewer rows come together. So the last digits of an embedding,
    of about a millionth of its largest value, can depend on how many were encoded with it, and thereby on what was
    known before. Names that a photo is closest to are unaffected, unless two of them are as close as that.

    What is kept says which model it belongs to, and nothing else in clear: photos and prompts are known by their
    hashes. But whoever guesses a prompt, or has a photo, can check whether it is there. So the folders are made for
    their owner alone; keep them private.

    Args:
        folder: Where embeddings are kept; `None` keeps nothing.
        computed_on: What else may show in the last digits of an embedding, such as the device.
    """

    def __init__(self, folder: Path | None, computed_on: str = "") -> None:
        self._folder = folder
        self._device = computed_on
        self._stores: dict[str, ShardStore] = {}

    @property
    def folder(self) -> Path | None:
        """Where embeddings are kept; `None` keeps nothing."""
        return self._folder

    @property
    def computed_on(self) -> str:
        """What may show in the last digits of an embedding besides the model: the version of torch, the device."""
        return f"torch {torch.__version__} {self._device}".strip()

    def computed_with(self, kind: _Kind) -> str:
        """Returns what an embedding depends on besides the model and its input: libraries, and the device.

        Args:
            kind: Of what, `photos` or `texts`.
        """
        return ", ".join([*_libraries(kind), self.computed_on])

    def photos(
        self, model: Model, photos: Sequence[Photo], progress: Progress | None = None
    ) -> Float32[Tensor, "photos dim"]:
        """Returns the embeddings of photos, in their order.

        Args:
            model: What encodes them.
            photos: Files, or pictures in memory.
            progress: Told how many are done, known ones included.

        Raises:
            UnreadablePhotoError: A photo cannot be decoded.
            ModelError: The model does not return unit-norm embeddings.
            SettingError: The folder cannot be written; found before anything is encoded.
        """

        def encode(batch: Sequence[int], tick: Tick) -> object:
            try:
                return model.encode_images(Pictures([photos[position] for position in batch], tick))
            except NoDirectionError as error:
                if error.position >= len(batch):
                    raise  # of a model that makes several pictures of one
                # The model saw some of them alone, so it cannot say which of all this is.
                raise error.of(_shown(photos, batch[error.position])) from None

        keys = [bytes.fromhex(photo_sha256(photo)) for photo in photos]
        position_of = {key: position for position, key in reversed([*enumerate(keys)])}
        encoded = _shard_by_shard(encode, position_of, model.info, "photos")
        return self._embeddings(self._store(model.info, "photos"), model.info, "photos", keys, encoded, progress)

    def texts(
        self, model: Model, texts: Sequence[str], progress: Progress | None = None
    ) -> Float32[Tensor, "texts dim"]:
        """Returns the embeddings of texts, in their order; more than 50,000 different ones at once are not kept.

        Args:
            model: What encodes them.
            texts: Whole prompts.
            progress: Told how many are done, known ones included.

        Raises:
            ModelError: The model does not return unit-norm embeddings.
            SettingError: The folder cannot be written; found before anything is encoded.
        """

        def encode(batch: Sequence[str], _: Tick) -> object:
            return model.encode_texts(batch)

        keys = _text_keys(texts)
        text_of = dict(zip(keys, texts, strict=True))
        encoded = _shard_by_shard(encode, text_of, model.info, "texts")
        store = self._store(model.info, "texts") if len(text_of) <= MOST_TEXTS else None
        return self._embeddings(store, model.info, "texts", keys, encoded, progress)

    def prompts(
        self, model: Model, prompts: PromptTemplates, names: Sequence[str], progress: Progress | None = None
    ) -> Float32[Tensor, "prompts names dim"]:
        """Returns the embeddings of every template with every name; more than 50,000 of them at once are not kept.

        They are kept as those of whole texts. Names with which any text is new are encoded together with the names
        beside them, in the groups that the model takes: what is known of some has no influence on the others.

        Args:
            model: What encodes them.
            prompts: The templates.
            names: What goes into each of them.
            progress: Told how many texts are done, known ones included.

        Raises:
            ModelError: The model does not return unit-norm embeddings.
            SettingError: The folder cannot be written; found before anything is encoded.
        """
        n_prompts, info = len(prompts), model.info
        store = self._store(info, "texts") if n_prompts * len(names) <= MOST_TEXTS else None
        if store is None:
            if progress is not None:
                progress("texts", 0, n_prompts * len(names))
            embeddings = encode_prompts(model, prompts, names)
            if progress is not None:
                progress("texts", n_prompts * len(names), n_prompts * len(names))
            return embeddings
        keys = [_text_keys(texts) for texts in prompts.fill(names)]
        prompting = as_prompt_model(model)
        at_once = max(1, _PER_SHARD["texts"] // n_prompts) if prompting is None else prompting.names_per_pass

        def encoded(missing: list[bytes], _: Tally) -> Iterator[tuple[list[bytes], Tensor]]:
            left = set(missing)
            for start in range(0, len(names), at_once):
                group = [key for row in keys for key in row[start : start + at_once]]
                if left.isdisjoint(group):
                    continue
                rows = {key: row for row, key in enumerate(group) if key in left}
                left -= rows.keys()
                vectors = encode_prompts(model, prompts, names[start : start + at_once]).flatten(0, 1)
                yield list(rows), vectors[list(rows.values())]

        flat = self._embeddings(store, info, "texts", [key for row in keys for key in row], encoded, progress)
        return flat.reshape(n_prompts, len(names), info.embedding_dim)

    def store_of(self, info: ModelInfo, kind: str, dim: int, facts: str) -> ShardStore | None:
        """Returns where else can be kept what a model makes of texts; None where nothing can be, or is to be.

        Args:
            info: Of the model.
            kind: What is kept, for whoever lists the cache.
            dim: How many numbers each text has.
            facts: Whatever shapes these numbers besides the model, its tokenizer, the libraries and the device.
        """
        if self._folder is None or not info.weights_sha256 or not info.tokenizer_sha256:
            return None
        network = [info.library, info.architecture, info.activation, info.precision, info.preprocess_sha256]
        hashed = json.dumps([_VERSION, kind, dim, facts, info.tokenizer_sha256, *network, self.computed_with("texts")])
        return self._opened(info, kind, "texts", hashed, dim)

    def _embeddings(
        self,
        store: ShardStore | None,
        info: ModelInfo,
        kind: _Kind,
        keys: Sequence[bytes],
        encode: _Encode,
        progress: Progress | None,
    ) -> Float32[Tensor, "items dim"]:
        rows = {key: row for row, key in enumerate(dict.fromkeys(keys))}
        embeddings = torch.empty(len(rows), _checked_dim(info))
        tally = Tally(kind, Counter(keys), progress)

        missing = list(rows)
        if store is not None:
            missing = tally.without(missing, store.read(rows, embeddings))
        with store.locked(tally.wait) if store is not None and missing else nullcontext():
            if store is not None and missing:
                # Another process may have written them while this one waited.
                missing = tally.without(missing, store.read({key: rows[key] for key in missing}, embeddings))
            for batch, encoded in encode(missing, tally) if missing else ():
                if store is not None:
                    store.write(batch, encoded)
                embeddings[[rows[key] for key in batch]] = encoded
                tally.count(*batch)
        return embeddings if len(rows) == len(keys) else embeddings[[rows[key] for key in keys]]

    def _store(self, info: ModelInfo, kind: _Kind) -> ShardStore | None:
        prepares = info.preprocess_sha256 if kind == "photos" else info.tokenizer_sha256
        if self._folder is None or not info.weights_sha256 or not prepares:
            return None
        network = [info.library, info.architecture, info.activation, info.precision, _checked_dim(info)]
        facts = json.dumps([_VERSION, kind, prepares, *network, self.computed_with(kind)])
        return self._opened(info, kind, kind, facts, info.embedding_dim)

    def _opened(self, info: ModelInfo, called: str, kind: _Kind, facts: str, dim: int) -> ShardStore:
        assert self._folder is not None
        name = f"{_short(info.weights_sha256)}-{_short(facts)}"
        if name not in self._stores:
            description = {
                "model": info.name,
                "kind": called,
                "architecture": info.architecture,
                "weights": _short(info.weights_sha256)[:8],
                "libraries": ", ".join([info.library, f"torch {torch.__version__}", *_libraries(kind)]),
                "device": self._device,
            }
            self._stores[name] = ShardStore(self._folder / name, dim, description)
        return self._stores[name]


def _shard_by_shard(
    encode: Callable[[list[_Item], Tick], object], item_of: dict[bytes, _Item], info: ModelInfo, kind: _Kind
) -> _Encode:
    """A function that encodes missing items, as many at once as are written together."""

    def encoded(missing: list[bytes], tally: Tally) -> Iterator[tuple[list[bytes], Tensor]]:
        for start in range(0, len(missing), _PER_SHARD[kind]):
            batch = missing[start : start + _PER_SHARD[kind]]
            vectors = encode([item_of[key] for key in batch], tally.counter(batch))
            yield batch, checked_embeddings(vectors, len(batch), info, kind)

    return encoded


@cache
def _libraries(kind: _Kind) -> tuple[str, ...]:
    found = []
    for name in _LIBRARIES[kind]:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return tuple(found)


def _shown(photos: Sequence[Photo], position: int) -> str:
    photo = photos[position]
    return f"photo {str(photo)!r}" if isinstance(photo, Path) else f"photo number {position + 1}"


def _short(text: str) -> str:
    """Sixteen characters that name a folder: of a SHA-256 its first, of anything else those of its SHA-256."""
    digest = text if re.fullmatch("[0-9a-f]{64}", text) else hashlib.sha256(text.encode()).hexdigest()
    return digest[:16]


def _text_keys(texts: Sequence[str]) -> list[bytes]:
    return [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]


def _checked_dim(info: ModelInfo) -> int:
    if not isinstance(info.embedding_dim, int) or info.embedding_dim < 1:
        raise ModelError(f"model {info.name!r} must have a whole embedding_dim above 0, got {info.embedding_dim!r}.")
    return info.embedding_dim
