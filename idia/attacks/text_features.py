"""What a model makes of texts alone: how near images can be brought to each, and how far apart they end."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int64
from PIL import Image
from torch import Tensor

from idia.attacks.first_step import SharedFirstStep
from idia.attacks.inversion import Inversion, Inverted, inverted
from idia.attacks.local_faces import FaceRepresentation
from idia.errors import ModelError, SettingError
from idia.models import DifferentiableModel, EmbeddingCache, Model, Progress, as_differentiable
from idia.models.devices import device_of
from idia.models.shards import ShardStore
from idia.models.tally import Tally
from idia.parallel import in_order

KIND = "text features"
"""What they are called in the cache, and while they are computed."""

_VERSION = 1  # of what the features depend on besides the settings
_SMALL = 20_000_000  # parameters up to which groups are better computed side by side than one on all cores
_AT_ONCE, _AT_ONCE_ON_CARD = 64, 512  # images that pass through a small model together
_FEWER = 4  # times fewer through a large one, whose passes back take gigabytes
_N_FACTS = 4  # numbers kept of each text before those of its pictures
_WRITE_AFTER = 2.0  # seconds of work, about, that a kill may cost


@final
@dataclass(frozen=True, eq=False, slots=True)
class TextFeatures:
    """What was found out about texts, and what it took.

    Attributes:
        similarity: Mean over restarts of the cosine between text and last image `[texts]`.
        dispersion: Mean over restarts of the Euclidean distance of the last image's embedding, not normalised, from
            the mean of all of them `[texts]`.
        gradient_steps: Steps that followed a gradient; one that texts share counts for each of them.
        queries: Images and texts that the model was shown; likewise.
        cpu_seconds: Of the processor, spent when they were computed; reading what is kept takes none.
        pictures: What a local representation makes of the last images `[texts, restarts, dims]`; None without one.
    """

    similarity: Float64[np.ndarray, " texts"]
    dispersion: Float64[np.ndarray, " texts"]
    gradient_steps: int
    queries: int
    cpu_seconds: float
    pictures: Float64[np.ndarray, "texts restarts dims"] | None = None

    @property
    def matrix(self) -> Float64[np.ndarray, "texts 2"]:
        """Similarity and dispersion side by side `[texts, 2]`."""
        return np.stack([self.similarity, self.dispersion], axis=1)

    def replaced(self, which: Bool[np.ndarray, " texts"], others: "TextFeatures") -> "TextFeatures":
        """Returns the features with those of some texts replaced; what it took is that of the others.

        Args:
            which: Of which texts `[texts]`.
            others: Theirs, in the same order.
        """
        similarity, dispersion, pictures = self.similarity.copy(), self.dispersion.copy(), self.pictures
        similarity[which], dispersion[which] = others.similarity, others.dispersion
        if pictures is not None and others.pictures is not None:
            pictures = pictures.copy()
            pictures[which] = others.pictures
        return replace(others, similarity=similarity, dispersion=dispersion, pictures=pictures)


def text_features(
    model: Model,
    targets: Float32[Tensor, "texts dim"],
    starts: Float32[Tensor, "pictures 3 height width"],
    how: Inversion,
    *,
    first: SharedFirstStep | None = None,
    cache: EmbeddingCache | None = None,
    representation: FaceRepresentation | None = None,
    progress: Progress | None = None,
) -> TextFeatures:
    """Returns the features of texts, given their embeddings.

    Texts are taken in groups, in their order, and what was finished is kept in the cache: an interrupted computation
    goes on with its next group, to the same bits as an uninterrupted one. The same texts in another order are computed
    anew, since the last digits depend on what else is in a batch.

    Args:
        model: A model that gives gradients with respect to the image.
        targets: Embeddings of the texts, of unit norm.
        starts: Pixels of the pictures that optimisation starts from, at least one per restart.
        how: How it goes on.
        first: What the first step of many texts has in common; by default each takes its own.
        cache: Where features are kept; nothing is kept without one.
        representation: What the optimised pictures are represented by, where photos are to be compared with them.
        progress: Told how many texts are done.

    Raises:
        ModelError: The model gives no gradients, or the optimisation leaves the finite numbers.
        SettingError: The starts do not fit the model, are too few, or the cache cannot be written.
    """
    differentiable = as_differentiable(model)
    _check_starts(differentiable, starts, how)
    starts = starts[: how.n_starts]
    n_dims = 0 if representation is None else _n_dims(differentiable, representation, starts)
    at_once = _at_once(model)
    groups = torch.split(targets, max(1, at_once // how.n_restarts))
    n_workers = _n_workers(model)
    # A worker has a core of its own; without workers, one pass has all of them.
    clock: Callable[[], float] = time.thread_time if n_workers > 1 else time.process_time

    def rows(group: Float32[Tensor, "texts dim"]) -> Float32[Tensor, "texts numbers"]:
        started = clock()
        try:
            last = inverted(differentiable, group, starts, how, None if first is None else first(), at_once=at_once)
        except torch.OutOfMemoryError:
            raise ModelError(
                f"{at_once} images at once, on their way back through {model.info.name!r}, take more memory than "
                f"{device_of(model)} has left. Free some, or run on another --idia-device; what was finished is kept."
            ) from None
        pictures = None if representation is None else _represented(differentiable, representation, last)
        facts = [last.similarity, last.dispersion, last.n_steps.double()]
        spent = torch.full_like(last.similarity, (clock() - started) / len(group))
        numbers = torch.stack([*facts, spent], dim=1)
        return (numbers if pictures is None else torch.cat([numbers, pictures], dim=1)).float()

    facts = _facts(differentiable, starts, how, representation, is_shared=first is not None)
    n_numbers = _N_FACTS + how.n_restarts * n_dims
    store = None if cache is None else cache.store_of(model.info, KIND, n_numbers, facts)
    computed, row_of = _collected(groups, rows, n_numbers, store, n_workers, progress)
    found, n_steps = computed[row_of], int(computed[:, 2].sum())
    return TextFeatures(
        found[:, 0],
        found[:, 1],
        n_steps,
        # Every text once, an image for every step, and the last one of every restart.
        len(targets) + n_steps + len(computed) * how.n_restarts,
        float(computed[:, 3].sum()),
        None if representation is None else found[:, _N_FACTS:].reshape(len(targets), how.n_restarts, n_dims),
    )


def _check_starts(
    model: DifferentiableModel, starts: Float32[Tensor, "pictures 3 height width"], how: Inversion
) -> None:
    # Found out without the network, which may say so in words of its own, or not at all.
    expected = list(model.pixels_of([Image.new("RGB", (64, 64))]).shape[1:])
    if starts.ndim != 4 or list(starts.shape[1:]) != expected:
        raise SettingError(
            f"expected starts of {['pictures', *expected]}, as the model takes pixels, got {list(starts.shape)}. Make "
            "them of pictures by its own pixels_of."
        )
    if len(starts) < how.n_starts:
        raise SettingError(f"pictures to start from: expected at least {how.n_starts}, got {len(starts)}.")


def _collected(
    groups: Sequence[Float32[Tensor, "texts dim"]],
    rows: Callable[[Float32[Tensor, "texts dim"]], Float32[Tensor, "texts numbers"]],
    n_numbers: int,
    store: ShardStore | None,
    n_workers: int,
    progress: Progress | None,
) -> tuple[Float64[np.ndarray, "computed numbers"], Int64[np.ndarray, " texts"]]:
    """What is kept, and what is computed and kept group by group; and which row of it is that of each text.

    A group that comes again has the same rows: they are computed once.
    """
    keys = [_keys(group) for group in groups]
    group_of = dict(zip(keys, groups, strict=True))
    flat = [key for group in keys for key in group]
    row_of = {key: row for row, key in enumerate(dict.fromkeys(flat))}
    numbers = torch.empty(len(row_of), n_numbers)
    tally = Tally(KIND, Counter(flat), progress)
    missing = set(tally.without([*row_of], set() if store is None else store.read(row_of, numbers)))
    with store.locked(tally.wait) if store is not None and missing else nullcontext():
        if store is not None and missing:
            # Another process may have written them while this one waited.
            missing = set(tally.without([*missing], store.read({key: row_of[key] for key in missing}, numbers)))
        waiting: list[bytes] = []
        # A group is computed whole, even if a part of it is known: in another batch the last digits would be others.
        to_do = [group for group in group_of if not missing.isdisjoint(group)]
        with in_order(rows, map(group_of.__getitem__, to_do), n_workers) as results:
            written = time.monotonic()
            try:
                for group, result in zip(to_do, results, strict=True):
                    numbers[[row_of[key] for key in group]] = result
                    tally.count(*group)
                    waiting += group
                    if time.monotonic() - written > _WRITE_AFTER:
                        _write(store, waiting, row_of, numbers)
                        waiting, written = [], time.monotonic()
            finally:
                _write(store, waiting, row_of, numbers)
    return numbers.double().numpy(), np.array([row_of[key] for key in flat], dtype=np.int64)


def _write(
    store: ShardStore | None, keys: list[bytes], row_of: dict[bytes, int], numbers: Float32[Tensor, "texts numbers"]
) -> None:
    if store is not None and keys:
        store.write(keys, numbers[[row_of[key] for key in keys]])


def _keys(group: Float32[Tensor, "texts dim"]) -> tuple[bytes, ...]:
    """What each text's numbers follow from: everything in its batch, and its place there."""
    batch = group.contiguous().numpy().tobytes()
    return tuple(hashlib.sha256(row.to_bytes(4, "big") + batch).digest() for row in range(len(group)))


def _facts(
    model: DifferentiableModel,
    starts: Float32[Tensor, "pictures 3 height width"],
    how: Inversion,
    representation: FaceRepresentation | None,
    *,
    is_shared: bool,
) -> str:
    # A step that is shared ends in other last digits.
    said = [_VERSION, asdict(how), is_shared, hashlib.sha256(starts.contiguous().numpy().tobytes()).hexdigest()]
    if representation is not None:
        # What it makes of the starts tells it from others of its name.
        seen = representation.represented(model.pictures_of(starts))
        said += [representation.id, hashlib.sha256(seen.round(6).tobytes()).hexdigest()]
    return json.dumps(said)


def _represented(
    model: DifferentiableModel, representation: FaceRepresentation, last: Inverted
) -> Float64[Tensor, "texts numbers"]:
    pictures = model.pictures_of(last.pixels.flatten(0, 1))
    return torch.from_numpy(representation.represented(pictures)).double().reshape(len(last.cosines), -1)


def _n_dims(
    model: DifferentiableModel, representation: FaceRepresentation, starts: Float32[Tensor, "pictures 3 height width"]
) -> int:
    return int(representation.represented(model.pictures_of(starts[:1])).shape[1])


def _at_once(model: Model) -> int:
    images = _AT_ONCE if device_of(model).type == "cpu" else _AT_ONCE_ON_CARD
    return images if model.info.parameters <= _SMALL else images // _FEWER


def _n_workers(model: Model) -> int:
    is_small = model.info.parameters <= _SMALL and device_of(model).type == "cpu"
    return max(1, torch.get_num_threads()) if is_small else 1
