"""What a model of synthetic people should be good at: telling shapes, colours and hair apart, and finding captions."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import final

import numpy as np
from jaxtyping import Int64, UInt8
from PIL import Image

from idia.errors import SettingError
from idia.photos import DrawnPhoto, rgb_sha256
from idia.prompts import PromptTemplates
from idia.tasks import RetrievalTask, TaskSet, ZeroShotTask
from idia.world.captions import HYPERNYMS, OBJECT_FORMS, PERSON_FORMS, Form, object_caption, person_caption
from idia.world.facts import OBJECT_ATTRIBUTES, PERSON_ATTRIBUTES, Attribute, object_facts, person_facts

FIRST_OBJECT = 1_000_000
"""Number of the first thing shown; nothing is trained on things with such numbers."""

FIRST_PERSON = 2_000_000
"""Number of the first person shown; nobody is trained on or tested who has such a number."""

_SORTED = 600  # pictures of each zero-shot task
_CAPTIONED = 250  # people, and as many things
_SIDE = 32
_BALD = "bald"  # hair of no colour


def world_utility_tasks(seed: int) -> TaskSet:
    """Returns the tasks of a world, on pictures of people and things that no model of it was trained on; draws nothing.

    Shapes, colours of things and colours of hair are told apart by their words; and among the fullest captions of
    people and things that the training knows, each picture's own is to be found. Pictures of which the same is said
    share a caption.

    Args:
        seed: Of the world.

    Raises:
        SettingError: The seed is out of range.
    """
    if not 0 <= seed < 2**64:
        raise SettingError(f"the seed of a world must be a whole number in [0, 2**64), got {seed}.")
    things = FIRST_OBJECT + np.arange(_SORTED, dtype=np.int64)
    thing_facts = object_facts(seed, things)
    # Some are bald, whose hair has no colour; there are twice as many as needed, lest they run out.
    people = FIRST_PERSON + np.arange(2 * _SORTED, dtype=np.int64)
    facts = person_facts(seed, people, np.zeros_like(people))
    bald = _attribute(PERSON_ATTRIBUTES, "hair style").values.index(_BALD)
    haired = np.flatnonzero(facts[:, _column(PERSON_ATTRIBUTES, "hair style")] != bald)[:_SORTED]

    object_photos = _photos(_Pictures(seed, things, _objects), range(_SORTED))
    person_gallery = _Pictures(seed, people[: int(haired[-1]) + 1], _people)
    return TaskSet(
        f"synthetic-{seed}",
        (
            _sorting("shape", OBJECT_ATTRIBUTES, _SHAPE_TEMPLATES, object_photos, thing_facts),
            _sorting("colour", OBJECT_ATTRIBUTES, _COLOUR_TEMPLATES, object_photos, thing_facts),
            _sorting("hair colour", PERSON_ATTRIBUTES, _HAIR_TEMPLATES, _photos(person_gallery, haired), facts[haired]),
            RetrievalTask(
                "captions",
                (*_photos(person_gallery, range(_CAPTIONED)), *object_photos[:_CAPTIONED]),
                tuple(
                    [person_caption(row, _fullest(PERSON_FORMS)) for row in facts[:_CAPTIONED]]
                    + [object_caption(row, _fullest(OBJECT_FORMS)) for row in thing_facts[:_CAPTIONED]]
                ),
                np.arange(2 * _CAPTIONED),
            ),
        ),
    )


def _attribute(attributes: Sequence[Attribute], name: str) -> Attribute:
    return attributes[_column(attributes, name)]


def _column(attributes: Sequence[Attribute], name: str) -> int:
    return next(at for at, attribute in enumerate(attributes) if attribute.name == name)


def _all_said(form: str, attributes: Sequence[Attribute], *names: str) -> list[str]:
    """The sentences of a form for all values of some attributes; a gap `{}` stays."""
    values = [_attribute(attributes, name).values for name in names]
    return [form.format("{}", **dict(zip(names, each, strict=True))) for each in product(*values)]


# Sentences of the training's own language, in which no article depends on the word in the gap.
_SHAPE_TEMPLATES = PromptTemplates(
    (
        *_all_said("a {size} {}", OBJECT_ATTRIBUTES, "size"),
        *_all_said("a picture of a {size} {colour} {}", OBJECT_ATTRIBUTES, "size", "colour"),
    )
)
_COLOUR_TEMPLATES = PromptTemplates(
    ("something {}", *_all_said("a picture of a {size} {} {shape}", OBJECT_ATTRIBUTES, "size", "shape"))
)
_HAIR_TEMPLATES = PromptTemplates(tuple(f"{who} with {{}} hair" for who in HYPERNYMS))


def _fullest(forms: Sequence[Form]) -> int:
    """Number of the form that tells most: its captions differ wherever the pictures do, as far as anybody says."""
    return max(range(len(forms)), key=lambda number: len(forms[number].attributes))


def _sorting(
    name: str,
    attributes: Sequence[Attribute],
    templates: PromptTemplates,
    photos: tuple[DrawnPhoto, ...],
    facts: Int64[np.ndarray, "photos attributes"],
) -> ZeroShotTask:
    at = _column(attributes, name)
    return ZeroShotTask(name, attributes[at].values, templates, photos, facts[:, at])


_Draw = Callable[[int, Int64[np.ndarray, " n"]], UInt8[np.ndarray, "n side side 3"]]


@final
class _Pictures:
    """Pictures of one kind, all drawn when the first is looked at: together that takes less than a second."""

    def __init__(self, seed: int, numbers: Int64[np.ndarray, " n"], draw: _Draw) -> None:
        self._seed, self._numbers, self._draw = seed, numbers, draw
        self._pictures: UInt8[np.ndarray, "n side side 3"] | None = None

    def picture(self, number: int) -> Image.Image:
        """Returns a picture."""
        return Image.fromarray(self._drawn()[number])

    def sha256(self, number: int) -> str:
        """Returns the fingerprint of a picture."""
        return rgb_sha256(_SIDE, _SIDE, self._drawn()[number].tobytes())

    def draw(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Draws all pictures, if they are not drawn yet."""
        n = len(self._drawn())
        if progress is not None:
            progress("drawing", n, n)

    def _drawn(self) -> UInt8[np.ndarray, "n side side 3"]:
        if self._pictures is None:
            self._pictures = self._draw(self._seed, self._numbers)
        return self._pictures


def _photos(pictures: _Pictures, numbers: Sequence[int] | Int64[np.ndarray, " n"]) -> tuple[DrawnPhoto, ...]:
    return tuple(DrawnPhoto(pictures, int(number)) for number in numbers)


def _people(seed: int, people: Int64[np.ndarray, " n"]) -> UInt8[np.ndarray, "n side side 3"]:
    from idia.world.faces import render_people  # torch: not needed to know what is asked

    return _rows(render_people(seed, people, np.zeros_like(people), _SIDE).numpy())


def _objects(seed: int, things: Int64[np.ndarray, " n"]) -> UInt8[np.ndarray, "n side side 3"]:
    from idia.world.objects import render_objects

    return _rows(render_objects(seed, things, _SIDE).numpy())


def _rows(pictures: UInt8[np.ndarray, "n 3 side side"]) -> UInt8[np.ndarray, "n side side 3"]:
    return np.ascontiguousarray(pictures.transpose(0, 2, 3, 1))
