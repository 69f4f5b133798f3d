"""What can be said truthfully of a synthetic person or a thing, and what exactly is said by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Int64

from idia.world.facts import OBJECT_ATTRIBUTES, PERSON_ATTRIBUTES, Attribute

HYPERNYMS = (
    "a person",
    "an actor",
    "a musician",
    "an artist",
    "a celebrity",
    "a politician",
    "an athlete",
    "a model",
)
"""Who somebody without a name is, as in captions whose names were replaced. Nothing in a picture contradicts it."""


@final
@dataclass(frozen=True, slots=True)
class Form:
    """A sentence about a picture, with gaps for what is seen in it.

    Attributes:
        text: The sentence; a gap holds the name of an attribute, or `who`.
        attributes: The attributes in its gaps.
    """

    text: str
    attributes: tuple[str, ...]


PERSON_FORMS = (
    Form("{who} with {hair colour}", ("hair colour",)),
    Form("{who} with {hair style}", ("hair style",)),
    Form("{who} with {glasses}", ("glasses",)),
    Form("{who} with {beard}", ("beard",)),
    Form("{who} in {clothing}", ("clothing",)),
    Form("{who} with {hair colour} in {clothing}", ("hair colour", "clothing")),
    Form("a portrait of {who} with {hair colour} and {glasses}", ("hair colour", "glasses")),
    Form("a photo of {who} with {hair style} and {beard}", ("hair style", "beard")),
    Form("the face of {who} with {hair colour}, {glasses} and {beard}", ("hair colour", "glasses", "beard")),
    Form("a photo of {who} with {glasses} in {clothing}", ("glasses", "clothing")),
)
OBJECT_FORMS = (
    Form("{shape}", ("shape",)),
    Form("a photo of {shape}", ("shape",)),
    Form("{colour} {shape}", ("colour", "shape")),
    Form("a photo of {colour} {shape}", ("colour", "shape")),
    Form("a picture of {size} {colour} {shape}", ("size", "colour", "shape")),
    Form("{size} {shape}", ("size", "shape")),
    Form("something {colour}", ("colour",)),
)

N_PERSON_CAPTIONS = len(PERSON_FORMS) * len(HYPERNYMS)
N_OBJECT_CAPTIONS = len(OBJECT_FORMS)

_STYLES_WITH_ARTICLE = ("quiff", "afro", "mohawk", "bob", "bun")
_SOUND_LIKE_VOWELS = ("a", "e", "i", "o", "u", "hour")
_BEARDS_WITHOUT_ARTICLE = ("no beard", "stubble")


def person_caption(facts: Sequence[int] | Int64[np.ndarray, " attributes"], variant: int) -> str:
    """Returns one of `N_PERSON_CAPTIONS` true sentences about a person without a name.

    Args:
        facts: What is seen, as `idia.world.facts.person_facts` has it.
        variant: Which sentence, from 0.
    """
    form, who = PERSON_FORMS[variant % len(PERSON_FORMS)], HYPERNYMS[variant // len(PERSON_FORMS)]
    values = _values(PERSON_ATTRIBUTES, facts)
    return _filled(form, {name: _person_phrase(name, values) for name in form.attributes} | {"who": who})


def person_claims(facts: Int64[np.ndarray, " attributes"], variant: int) -> Int64[np.ndarray, " attributes"]:
    """Returns the facts that a sentence tells, and -1 for those it is silent about."""
    form = PERSON_FORMS[variant % len(PERSON_FORMS)]
    values = _values(PERSON_ATTRIBUTES, facts)
    told = {"hair style" if name == "hair colour" and _is_bald(values) else name for name in form.attributes}
    return _only(PERSON_ATTRIBUTES, facts, told)


def clothing_phrase(facts: Sequence[int] | Int64[np.ndarray, " attributes"]) -> str:
    """Returns what a person wears, with its article."""
    return _with_article(_values(PERSON_ATTRIBUTES, facts)["clothing"])


def object_caption(facts: Sequence[int] | Int64[np.ndarray, " attributes"], variant: int) -> str:
    """Returns one of `N_OBJECT_CAPTIONS` true sentences about a thing.

    Args:
        facts: What is seen, as `idia.world.facts.object_facts` has it.
        variant: Which sentence, from 0.
    """
    form = OBJECT_FORMS[variant]
    values = _values(OBJECT_ATTRIBUTES, facts)
    if form.attributes == ("colour",):
        return _filled(form, values)
    first, *others = form.attributes
    return _filled(form, {first: _with_article(values[first])} | {name: values[name] for name in others})


def object_claims(facts: Int64[np.ndarray, " attributes"], variant: int) -> Int64[np.ndarray, " attributes"]:
    """Returns the facts that a sentence tells, and -1 for those it is silent about."""
    return _only(OBJECT_ATTRIBUTES, facts, set(OBJECT_FORMS[variant].attributes))


def _person_phrase(name: str, values: Mapping[str, str]) -> str:
    phrases: dict[str, Callable[[str], str]] = {
        "hair colour": lambda colour: "a bald head" if _is_bald(values) else f"{colour} hair",
        "hair style": _hair_style,
        "glasses": str,
        "beard": lambda beard: beard if beard in _BEARDS_WITHOUT_ARTICLE else _with_article(beard),
        "clothing": _with_article,
    }
    return phrases[name](values[name])


def _hair_style(style: str) -> str:
    if style == "bald":
        return "a bald head"
    return _with_article(style) if style in _STYLES_WITH_ARTICLE else f"{style} hair"


def _is_bald(values: Mapping[str, str]) -> bool:
    return values["hair style"] == "bald"


def _values(attributes: Sequence[Attribute], facts: Sequence[int] | Int64[np.ndarray, " attributes"]) -> dict[str, str]:
    return {attribute.name: attribute.values[int(fact)] for attribute, fact in zip(attributes, facts, strict=True)}


def _only(
    attributes: Sequence[Attribute], facts: Int64[np.ndarray, " attributes"], told: set[str]
) -> Int64[np.ndarray, " attributes"]:
    return np.array(
        [int(fact) if attribute.name in told else -1 for attribute, fact in zip(attributes, facts, strict=True)],
        dtype=np.int64,
    )


def _filled(form: Form, phrases: Mapping[str, str]) -> str:
    text = form.text
    for name, phrase in phrases.items():
        text = text.replace(f"{{{name}}}", phrase)
    return text


def _with_article(words: str) -> str:
    return f"{'an' if words.startswith(_SOUND_LIKE_VOWELS) else 'a'} {words}"
