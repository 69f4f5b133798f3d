"""`NamedPhotos`: photos of people and candidate names as a model embeds them, for attacks on similarities."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Float64, Int

from idia.errors import DatasetError, ShapeError
from idia.models import EmbeddingCache, Model, Progress, as_prompt_model, encode_prompts
from idia.models.cache import MOST_TEXTS
from idia.names import NamePool, name_key
from idia.people import Person
from idia.prompts import PromptTemplates
from idia.timing import Stage, untimed

_CHUNK = 8 << 20  # bytes of embeddings that are held besides the result
_GROUP = 64  # names encoded together by a model that does not say how many it takes


@dataclass(frozen=True, eq=False)
class NamedPhotos:
    """What a model makes of photos and names; the cosine of a photo and a name is averaged over prompts.

    A mean of cosines with unit vectors is the inner product with the mean of these vectors. So one vector per name
    holds everything, however many prompts there are.

    Attributes:
        photos: Unit-norm embeddings of each person's photos, one array `[photos, dim]` per person.
        names: Means over prompts of the unit-norm embeddings of each candidate name `[names, dim]`.
        targets: Index of each person's own name `[people]`.

    Raises:
        ShapeError: The arrays don't fit together, hold numbers that are not finite, or an index lies outside the names.
    """

    photos: Sequence[Float32[np.ndarray, "photos dim"]]
    names: Float32[np.ndarray, "names dim"]
    targets: Int[np.ndarray, " people"]

    def __post_init__(self) -> None:
        photos, names = tuple(map(np.asarray, self.photos)), np.asarray(self.names)
        targets = np.asarray(self.targets)
        if names.ndim != 2 or 0 in names.shape or not np.isfinite(names).all():
            raise ShapeError(f"names must be finite numbers of shape (names, dim), got shape {names.shape}.")
        if not photos or targets.shape != (len(photos),) or not np.issubdtype(targets.dtype, np.integer):
            raise ShapeError(
                f"expected photos of at least one person and one integer target per person, got {len(photos)} people "
                f"and targets {targets.dtype} of shape {targets.shape}."
            )
        for person, own in enumerate(photos):
            if own.ndim != 2 or not len(own) or own.shape[1] != names.shape[1] or not np.isfinite(own).all():
                raise ShapeError(
                    f"photos[{person}] must be finite numbers of shape (photos, {names.shape[1]}) with at least one "
                    f"photo, got shape {own.shape}."
                )
        if targets.min() < 0 or targets.max() >= len(names):
            raise ShapeError(f"targets must lie in [0, {len(names)}), got {targets.min()} to {targets.max()}.")
        object.__setattr__(self, "photos", photos)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "targets", targets.astype(np.int64))

    @classmethod
    def encoded(
        cls,
        model: Model,
        people: Sequence[Person],
        names: NamePool,
        prompts: PromptTemplates,
        *,
        most_names: int,
        cache: EmbeddingCache | None = None,
        progress: Progress | None = None,
        stage: Stage = untimed,
    ) -> "NamedPhotos":
        """Returns photos and names as a model embeds them: the only step that asks the model.

        Memory grows with the photos and with the names that are taken, and not with the number of prompts.

        Args:
            model: The model under audit.
            people: Whom to look for; nobody without photos.
            names: The candidate names, among them everybody's own.
            prompts: The prompt templates.
            most_names: Of a longer list, the people's names and the first of the others are taken, so many in all.
            cache: Where embeddings are kept between runs; nothing is kept by default.
            progress: Told how many photos and names are done.
            stage: Told how long `encoding photos` and `encoding prompts` last.

        Raises:
            UnknownPersonError: Somebody's name is not among the candidates.
            DatasetError: There is nobody to attack, or somebody has no photos.
            ModelError: The model does not return unit-norm embeddings.
        """
        if not people:
            raise DatasetError("expected at least one person to attack, got none.")
        for person in people:
            if not person.photos:
                raise DatasetError(f"{person.name!r} has no photos. Leave the person out, or add photos.")
        own = names.index_of([person.name for person in people])
        taken = _taken(own, len(names), most_names)
        embeddings = cache or EmbeddingCache(None)
        with stage("encoding photos"):
            images = embeddings.photos(model, [photo for person in people for photo in person.photos], progress)
        with stage("encoding prompts"):
            texts = _mean_texts(model, [names.names[index] for index in taken], prompts, embeddings, progress)
        ends = np.cumsum([len(person.photos) for person in people])
        return cls(tuple(np.split(images.numpy(), ends[:-1])), texts, np.searchsorted(taken, own))

    @property
    def n_photos(self) -> Int[np.ndarray, " people"]:
        """How many photos each person has `[people]`."""
        return np.array([len(own) for own in self.photos], dtype=np.int64)

    @property
    def means(self) -> Float64[np.ndarray, "people dim"]:
        """The mean embedding of each person's photos `[people, dim]`."""
        return np.stack([own.mean(axis=0, dtype=np.float64) for own in self.photos])

    def with_names(
        self,
        model: Model,
        own: Sequence[str],
        others: Sequence[str],
        prompts: PromptTemplates,
        *,
        cache: EmbeddingCache | None = None,
        progress: Progress | None = None,
        stage: Stage = untimed,
    ) -> "NamedPhotos":
        """Returns the same photos with other candidate names, or in other prompts: only names are encoded.

        Args:
            model: The model that encoded the photos.
            own: What each person is called `[people]`.
            others: Further names that nobody of them bears.
            prompts: The prompt templates.
            cache: Where embeddings are kept between runs; nothing is kept by default.
            progress: Told how many names are done.
            stage: Told how long `encoding prompts` lasts.

        Raises:
            ShapeError: There is not one name per person.
            DatasetError: One of the others is somebody's name, comes twice or is blank.
            ModelError: The model does not return unit-norm embeddings.
        """
        if len(own) != len(self.photos):
            raise ShapeError(f"expected one name for each of {len(self.photos)} people, got {len(own)}.")
        theirs = {name_key(name): name for name in own}
        pool = NamePool((*theirs.values(), *others))
        with stage("encoding prompts"):
            texts = _mean_texts(model, pool.names, prompts, cache or EmbeddingCache(None), progress)
        return NamedPhotos(self.photos, texts, np.array(pool.index_of(own)))

    def with_photos(self, chosen: Sequence[Int[np.ndarray, " chosen"]]) -> "NamedPhotos":
        """Returns the same people and names with fewer photos.

        Args:
            chosen: Which photos of each person to keep, one array of positions per person.

        Raises:
            ShapeError: Somebody is missing, or is left without photos.
        """
        if len(chosen) != len(self.photos):
            raise ShapeError(f"chosen must be {len(self.photos)} arrays, one per person, got {len(chosen)}.")
        return replace(self, photos=[own[which] for own, which in zip(self.photos, chosen, strict=True)])


def _taken(own: Sequence[int], n_names: int, most: int) -> Int[np.ndarray, " taken"]:
    """Positions of the names that are taken, in order: everybody's own, and the first of the others."""
    is_own = np.zeros(n_names, dtype=bool)
    is_own[list(own)] = True
    others = np.flatnonzero(~is_own)[: max(0, most - int(is_own.sum()))]
    return np.union1d(np.flatnonzero(is_own), others)


def _mean_texts(
    model: Model, names: Sequence[str], prompts: PromptTemplates, cache: EmbeddingCache, progress: Progress | None
) -> Float32[np.ndarray, "names dim"]:
    dim, n_texts = model.info.embedding_dim, len(prompts) * len(names)
    prompting = as_prompt_model(model)
    group = _GROUP if prompting is None else prompting.names_per_pass
    size = max(1, _CHUNK // (len(prompts) * dim * 4 * group)) * group
    # Neighbours in the alphabet share most of their prompts, which a model may encode once.
    order = np.array(sorted(range(len(names)), key=names.__getitem__))
    means = np.empty((len(names), dim), dtype=np.float32)
    if progress is not None:
        progress("names", 0, len(names))
    for start in range(0, len(names), size):
        rows = order[start : start + size]
        chunk = [names[row] for row in rows]
        # As the scan for the best name does: so many texts would fill a disk with what is quick to compute again.
        texts = encode_prompts(model, prompts, chunk) if n_texts > MOST_TEXTS else cache.prompts(model, prompts, chunk)
        means[rows] = texts.mean(dim=0).numpy()
        if progress is not None:
            progress("names", start + len(rows), len(names))
    return means
