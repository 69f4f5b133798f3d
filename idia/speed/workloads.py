"""Pieces of work for `idia.speed.fresh`: prepared first, then measured."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from PIL import Image

from idia.attacks.identity_inference import IdentityInferenceAttack
from idia.attacks.predictions import NamePredictions
from idia.attacks.voting import PAPER_SIZES, count_votes
from idia.errors import SettingError
from idia.kernels import Backend, Standing, compared, cosine_argmax
from idia.models import EmbeddingCache, load_model
from idia.models.devices import resolve_device
from idia.models.folders import world_model
from idia.models.specs import parse_spec
from idia.names import NamePool
from idia.people import Person
from idia.photos import open_photo
from idia.prompts import PAPER_PROMPTS, PromptTemplates
from idia.speed.fresh import Meter
from idia.testing.embeddings import clip_like_embeddings
from idia.world.people import World

ONE_PROMPT = PromptTemplates(("a photo of {}",))

_CHUNK = 8 << 20  # bytes of embeddings that come at once, as in a scan over names
_FEW_NAMES = 64
_FEW_PHOTOS = 8


def streamed_names(
    meter: Meter, *, n_photos: int, n_prompts: int, n_names: int, dim: int, backend: Backend = "auto"
) -> list[list[int]]:
    """Compares simulated embeddings of names, which come in chunks, with photos; making them is not measured.

    Returns:
        The chosen names `[photos, prompts]`.
    """
    images, _ = clip_like_embeddings(n_photos, 1, 1, dim)
    _, few = clip_like_embeddings(0, n_prompts, _FEW_NAMES, dim, seed=1)
    # What is compiled and loaded is no part of the work, nor what that takes where many names are much alike.
    for names in (few, few[:, :1].repeat(1, 2 * _FEW_NAMES, 1)):
        compared(images[:_FEW_PHOTOS], names, impl=backend)
    standing = Standing.at_start(n_photos, n_prompts)
    size = max(1, _CHUNK // (4 * n_prompts * dim))
    for number, first in enumerate(range(0, n_names, size)):
        positions = np.arange(first, min(first + size, n_names))
        _, texts = clip_like_embeddings(0, n_prompts, len(positions), dim, seed=1 + number)
        with meter.measuring():
            standing = standing.merged(compared(images, texts, impl=backend).placed(positions))
    chosen: list[list[int]] = standing.indices.tolist()
    return chosen


def scanned_names(
    meter: Meter, *, model: str, n_photos: int, n_names: int, is_one_prompt: bool = False, cache: str | None = None
) -> dict[str, Any]:
    """Attacks people of a shipped model through all that lies between photos and predicted names.

    Args:
        meter: Measures.
        model: Its folder.
        n_photos: Photos of its people, the first ones.
        n_names: Candidate names.
        is_one_prompt: Whether to fill one template instead of all 21.
        cache: Where an interrupted scan is kept; nowhere by default.

    Returns:
        The predicted names `[photos][prompts]`, and how many of them stand so close to another that embeddings from
        texts in other batches could turn them.

    Raises:
        SettingError: The folder holds no model of synthetic people.
    """
    scan = _Scan.of(model, n_photos, n_names, is_one_prompt)
    loaded = load_model(f"local-dir:{model}")
    own = [person.name for person in scan.people]
    few = NamePool.sampled(own, len(own) + _FEW_NAMES)
    # What is compiled is no part of the work.
    IdentityInferenceAttack(few, scan.templates).predict(loaded, scan.people[:1])
    with meter.measuring():
        kept = EmbeddingCache(None if cache is None else Path(cache))
        predictions = IdentityInferenceAttack(scan.names, scan.templates).predict(loaded, scan.people, cache=kept)
    predicted = np.concatenate(list(predictions.predicted))
    return {"predicted": predicted.tolist(), "near_ties": round(predictions.near_tie_rate * predicted.size)}


def scanned_names_plainly(
    meter: Meter, *, model: str, n_photos: int, n_names: int, is_one_prompt: bool = False
) -> dict[str, Any]:
    """Does what `scanned_names` does without any short cut.

    Every prompt is a text of its own, goes through open_clip's own `encode_text` over whole contexts, and is compared
    in float64. Arguments, answer and errors are those of `scanned_names`.
    """
    from idia.models.open_clip import load_open_clip  # not for work without a model: it would count as its memory

    scan = _Scan.of(model, n_photos, n_names, is_one_prompt)
    plain = load_open_clip(parse_spec(f"local-dir:{model}"), device=resolve_device("auto"))
    with meter.measuring():
        images = plain.encode_images(scan.photos)
        texts = torch.stack([plain.encode_texts_plainly(filled) for filled in scan.templates.fill(scan.names.names)])
        best = cosine_argmax(images, texts, impl="reference")
    n_answers = len(scan.photos) * len(scan.templates)
    return {"predicted": best.indices.tolist(), "near_ties": round(best.near_tie_rate * n_answers)}


def voted(meter: Meter, *, n_people: int, draws: int) -> str:
    """Counts votes on simulated predictions at the published numbers of photos; returns a fingerprint of the scores."""
    predictions = simulated_predictions(n_people)
    count_votes(simulated_predictions(1), sizes=PAPER_SIZES, draws=1, seed=0)  # compiled
    with meter.measuring():
        votes = count_votes(predictions, sizes=PAPER_SIZES, draws=draws, seed=0)
        histogram = votes.histogram
    return hashlib.sha256(histogram.astype("<i8").tobytes()).hexdigest()


def simulated_predictions(
    n_people: int, *, n_photos: int = 30, n_prompts: int = 21, n_names: int = 1000, seed: int = 0
) -> NamePredictions:
    """Returns predictions for people who are recognised more or less often, and otherwise taken for a few others."""
    rng = np.random.default_rng(seed)
    targets = np.arange(n_people) % n_names
    tables = []
    for target in targets:
        others = rng.integers(n_names, size=12)
        table = rng.choice(others, size=(n_photos, n_prompts))
        table[rng.random(table.shape) < rng.random()] = target
        tables.append(table)
    return NamePredictions(tables, targets, n_names)


@final
@dataclass(frozen=True, eq=False, slots=True)
class _Scan:
    """People of a shipped model among candidate names; their photos are drawn, which is no part of the work."""

    people: Sequence[Person]
    photos: Sequence[Image.Image]
    names: NamePool
    templates: PromptTemplates

    @classmethod
    def of(cls, model: str, n_photos: int, n_names: int, is_one_prompt: bool) -> "_Scan":
        people = _people(Path(model), n_photos)
        photos = [open_photo(photo) for person in people for photo in person.photos]
        names = NamePool.sampled([person.name for person in people], n_names)
        return cls(people, photos, names, ONE_PROMPT if is_one_prompt else PAPER_PROMPTS)


def _people(folder: Path, n_photos: int) -> list[Person]:
    facts = world_model(folder)
    if facts is None:
        raise SettingError(f"{folder} is no model of synthetic people; name one of fixtures/models.")
    n_people = -(-n_photos // facts.n_photos)
    people = World(facts.seed, facts.n_photos, folder=None).people(n_people).people
    last = n_photos - (n_people - 1) * facts.n_photos
    return [*people[:-1], Person(people[-1].name, people[-1].photos[:last])]
