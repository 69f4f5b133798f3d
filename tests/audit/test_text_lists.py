"""Which texts a model is asked about, and which names it cannot be asked about."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from idia.audit.text_lists import TextLists, text_lists
from idia.errors import DatasetError
from idia.models import ModelInfo
from idia.models.token_counts import token_counts
from idia.names import name_key
from idia.plan import Plan, make_plan
from idia.settings import TOY_MODEL, resolve
from idia.testing import ToyClip
from idia.world.people import world_names


class Letters:
    """One token a letter; signs are none, and of letters beyond the context nothing is left."""

    context_length = 24

    def __call__(self, texts: Sequence[str], context_length: int = context_length) -> Tensor:
        ids = torch.zeros(len(texts), context_length, dtype=torch.int64)
        for row, text in enumerate(texts):
            letters = [ord(letter) for letter in text if letter.isalpha()][: context_length - 2]
            ids[row, : len(letters) + 2] = torch.tensor([1, *letters, 2])
        return ids


class Reading(ToyClip):
    """A toy that says how it reads texts."""

    tokenizer = Letters()

    @property
    def info(self) -> ModelInfo:
        return replace(super().info, tokenizer_sha256="")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("audit")
    given = {"model": [TOY_MODEL], "names": ["150"], "text_only": ["cheap"], "text_reference": ["30"]}
    given |= {"results": ["results"], "cache_dir": ["cache"]}
    return make_plan(resolve(given, {}, {}, working_folder=folder, project_folder=folder))


@pytest.fixture(scope="module")
def lists(plan: Plan) -> TextLists:
    return text_lists(plan, plan.targets[0], Reading())


def with_first_name(plan: Plan, name: str) -> Plan:
    (experiment,) = plan.experiments
    people = experiment.people.people
    changed = replace(experiment.people, people=(replace(people[0], name=name), *people[1:]))
    return replace(plan, experiments=(replace(experiment, people=changed),))


def test_everybody_is_asked_about_in_order_and_no_text_comes_twice(plan: Plan, lists: TextLists) -> None:
    (experiment,) = plan.experiments
    assert list(lists.people.texts) == [person.name for person in experiment.people]
    assert {kind: len(each) for kind, each in lists.references.items()} == {"gibberish": 30, "names": 30}
    assert [each.kind for each in lists.kinds] == ["gibberish", "fictitious", "rare-real", "namesake"]
    texts = [text for each in (lists.people, *lists.references.values(), *lists.kinds) for text in each.texts]
    assert len({name_key(text) for text in texts}) == len(texts)
    known = set(map(name_key, experiment.names.names)) - {name_key(name) for name in lists.people.texts}
    assert not known & set(map(name_key, texts))


def test_references_are_as_long_to_the_model_as_the_people_are(lists: TextLists) -> None:
    people, names = (token_counts(Reading(), texts) for texts in (lists.people.texts, lists.references["names"].texts))

    assert people is not None
    assert names is not None
    assert set(names.tolist()) <= set(people.tolist())
    assert abs(people.mean() - names.mean()) < 1


def test_a_model_that_does_not_say_how_it_reads_is_asked_about_names_nonetheless(plan: Plan, lists: TextLists) -> None:
    silent = text_lists(plan, plan.targets[0], ToyClip())

    assert silent.people == lists.people
    assert len(silent.references["names"]) == 30


def test_nobody_of_a_world_is_a_stranger(plan: Plan, lists: TextLists, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another model of the same world may have been trained on whoever was to be a stranger."""
    strangers = {*lists.references["names"].texts, *lists.kinds[1].texts}
    monkeypatch.setattr("idia.audit.text_lists.world_names", lambda seed: tuple(strangers) if seed == 3 else ())
    (experiment,) = plan.experiments
    in_world = replace(plan, experiments=(replace(experiment, world_seed=3),))
    others = text_lists(in_world, plan.targets[0], Reading())

    assert not strangers & {*others.references["names"].texts, *others.kinds[1].texts}
    assert len(world_names(3)) > 1000


@pytest.mark.parametrize("name", ["李 小龙", "عبد الله", "Ω", "Zoë O'Neil-Łukasz"])
def test_a_name_may_be_written_in_any_script(plan: Plan, name: str) -> None:
    assert text_lists(with_first_name(plan, name), plan.targets[0], Reading()).people.texts[0] == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("...", "with letters in it, got punctuation alone"),
        ("007", "splits into tokens, got one of which its tokenizer leaves none"),
        ("A" * 23, "fits the model's context, got a longer one"),
    ],
    ids=["punctuation", "no tokens", "too long"],
)
def test_a_name_that_the_model_cannot_read_is_refused_and_not_repeated(plan: Plan, name: str, said: str) -> None:
    with pytest.raises(DatasetError, match=f"name 1 of 96 cannot be attacked.*{said}") as caught:
        text_lists(with_first_name(plan, name), plan.targets[0], Reading())
    assert name not in str(caught.value)


def test_a_name_that_just_fits_is_not_too_long(plan: Plan) -> None:
    assert text_lists(with_first_name(plan, "A" * 22), plan.targets[0], Reading()).people.texts[0] == "A" * 22


def test_of_people_with_one_name_there_are_no_namesakes(plan: Plan, tmp_path: Path) -> None:
    (experiment,) = plan.experiments
    people = tuple(
        replace(person, name=person.name.split()[0] + str(at)) for at, person in enumerate(experiment.people)
    )
    single = replace(plan, experiments=(replace(experiment, people=replace(experiment.people, people=people)),))

    assert text_lists(single, plan.targets[0], Reading()).kinds[3].texts == ()
