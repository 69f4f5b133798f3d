from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from idia import NamePool, Person, PromptTemplates
from idia.attacks import standardising
from idia.attacks.calibrated import CalibratedAttack
from idia.attacks.decoys import Decoys
from idia.attacks.evidence import EVIDENCE_PROMPTS, EvidenceTest, LineUp, ranked_among_decoys
from idia.attacks.named_photos import NamedPhotos
from idia.attacks.standardising import standardised_both_ways
from idia.errors import DatasetError, SettingError, ShapeError
from idia.models import ModelInfo
from idia.name_sources import locale_parts
from idia.names import streamed_names
from idia.prompts import PAPER_PROMPTS
from idia.testing import ToyClip, toy_clip, toy_people
from idia.testing.false_discoveries import simulated_audits, simulated_embeddings

DIM = 16
ONE_PROMPT = PromptTemplates(("{}",))


def drawn(n_people: int = 12, n_names: int = 40, *, strength: float = 0.0, seed: int = 0) -> NamedPhotos:
    """People of whom the first half looks like their names, the more so the larger the strength."""
    rng = np.random.default_rng(seed)
    names, faces = rng.standard_normal((n_names, DIM)), rng.standard_normal((n_people, DIM))
    targets = rng.permutation(n_names)[:n_people]
    faces[: n_people // 2] += strength * names[targets[: n_people // 2]]
    photos = [face[None] + rng.standard_normal((4, DIM)) for face in faces]
    return NamedPhotos([own.astype(np.float32) for own in photos], names.astype(np.float32), targets)


def p_values(seen: NamedPhotos) -> np.ndarray:
    at_least, n_decoys, _ = ranked_among_decoys(seen)
    return (1 + at_least) / (1 + n_decoys)


def test_decoys_that_are_as_close_are_counted() -> None:
    seen = drawn(strength=1.0)
    decoys = np.delete(np.arange(40), seen.targets)
    ((_, both),) = standardised_both_ways(seen)
    expected = [
        sum(both[person, decoy] >= both[person, own] for decoy in decoys) for person, own in enumerate(seen.targets)
    ]
    at_least, n_decoys, _ = ranked_among_decoys(seen)

    assert at_least.tolist() == expected
    assert n_decoys == 28


def test_hubness_is_the_share_of_decoys_that_are_close_to_fewer_other_people() -> None:
    seen = drawn(30, 230)
    decoys = np.delete(np.arange(230), seen.targets)
    ((_, both),) = standardised_both_ways(seen)
    thresholds = np.sort(both[:, decoys], axis=1)[:, -2]  # two of two hundred decoys
    near = [
        sum(both[person, name] >= thresholds[person] for person in range(30) if seen.targets[person] != name)
        for name in range(230)
    ]
    expected = [
        np.mean([(near[decoy] < near[own]) + 0.5 * (near[decoy] == near[own]) for decoy in decoys])
        for own in seen.targets
    ]

    np.testing.assert_allclose(ranked_among_decoys(seen)[2], expected)


def test_block_by_block_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = drawn(30, 230)
    whole = ranked_among_decoys(seen)
    monkeypatch.setattr(standardising, "_BLOCK", 1_000)
    parts = ranked_among_decoys(seen)

    assert [np.asarray(part).tolist() for part in parts] == [np.asarray(part).tolist() for part in whole]


def test_p_values_are_uniform_without_members_and_small_with_them() -> None:
    nobody = np.concatenate([p_values(drawn(12, 212, seed=seed)) for seed in range(60)])

    for level in (0.05, 0.2, 0.5, 0.8):
        assert (nobody <= level).mean() == pytest.approx(level, abs=0.06)
    assert np.median(p_values(drawn(60, 260, strength=1.0))[:30]) < 0.02


def test_names_that_are_close_to_all_faces_gain_nothing() -> None:
    """A name is ranked by what it has in common with one person, not with all."""
    seen = drawn(40, 440)
    names = np.concatenate([seen.names, np.zeros((440, 1), dtype=np.float32)], axis=1)
    names[seen.targets, -1] = 0.5  # all people's names, and no decoy
    photos = [np.concatenate([own, np.ones((len(own), 1), dtype=np.float32)], axis=1) for own in seen.photos]
    changed = p_values(NamedPhotos(photos, names, seen.targets))

    assert (changed <= 0.05).mean() <= 0.1
    assert np.abs(np.log(changed / p_values(seen))).mean() < 0.3


def test_decoys_as_close_as_the_own_name_count() -> None:
    seen = drawn()
    alike = NamedPhotos(seen.photos, np.broadcast_to(seen.names[:1], seen.names.shape), seen.targets)
    at_least, n_decoys, hubness = ranked_among_decoys(alike)

    assert at_least.tolist() == [n_decoys] * 12
    assert hubness.min() >= 0


def test_without_decoys_there_is_no_evidence() -> None:
    with pytest.raises(ShapeError, match="names that nobody bears, got 5 names, all of people"):
        ranked_among_decoys(drawn(5, 5))


@pytest.fixture(scope="module")
def toys() -> tuple[list[Person], np.ndarray]:
    people, membership = toy_people()
    chosen = [Person(each.name, each.photos[:5]) for each in people.people[::3]]
    return chosen, np.array([membership.counts[each.name] > 0 for each in chosen])


def lined_up(model: ToyClip, people: Sequence[Person], test: EvidenceTest) -> LineUp:
    names = [person.name for person in people]
    seen = CalibratedAttack(NamePool(tuple(names)), ONE_PROMPT).encode(model, people)
    decoys = test.decoys(model, names, streamed_names(locale_parts("en_US")))
    return test.encode(model, seen, names, decoys)


def test_members_of_the_toy_are_found_and_hardly_anybody_else(toys: tuple[list[Person], np.ndarray]) -> None:
    people, is_member = toys
    test = EvidenceTest(ONE_PROMPT)
    line_up = lined_up(toy_clip(), people, test)
    evidence = test.test(line_up)
    found = evidence.discovered(0.05)

    assert evidence.n_decoys == len(line_up.decoys) == 20 * len(people) - 1
    assert line_up.decoys.matched_in == "characters"  # the toy has no tokens
    assert found[is_member].mean() > 0.5
    assert found[~is_member].sum() <= 3
    assert evidence.p_values.min() == 1 / (20 * len(people))
    assert evidence.decoys_sha256 == line_up.decoys.sha256
    nobody = test.test(lined_up(ToyClip(), people, test))
    assert nobody.discovered(0.05).sum() <= 1
    assert nobody.hubness.mean() == pytest.approx(0.5, abs=0.12)


def test_fewer_photos_are_fewer_photos(toys: tuple[list[Person], np.ndarray]) -> None:
    people, _ = toys
    test = EvidenceTest(ONE_PROMPT, n_decoys=50)
    one = lined_up(toy_clip(), people, test).with_photos([np.array([0])] * len(people))
    alone = lined_up(toy_clip(), [Person(person.name, person.photos[:1]) for person in people], test)

    assert test.test(one).at_least.tolist() == test.test(alone).at_least.tolist()


def test_the_first_prompts_are_used(toys: tuple[list[Person], np.ndarray]) -> None:
    people, _ = toys
    line_up = lined_up(toy_clip(), people[:3], EvidenceTest(n_decoys=4))
    prompts = PromptTemplates(PAPER_PROMPTS.templates[:EVIDENCE_PROMPTS])
    names = (*[person.name for person in people[:3]], *line_up.decoys.names)
    texts = toy_clip().encode_texts([text for texts in prompts.fill(names) for text in texts]).reshape(5, 7, -1)

    assert line_up.n_prompts == 5
    np.testing.assert_allclose(line_up.seen.names, texts.mean(dim=0), atol=1e-6)
    assert line_up.seen.targets.tolist() == [0, 1, 2]
    assert EvidenceTest(ONE_PROMPT).used_prompts == ONE_PROMPT


def test_two_people_of_one_name_share_it(toys: tuple[list[Person], np.ndarray]) -> None:
    people, _ = toys
    model, test = toy_clip(), EvidenceTest(ONE_PROMPT, n_decoys=30)
    again = Person(people[0].name.lower(), people[5].photos)
    photos = model.encode_images([photo for each in (*people[:4], again) for photo in each.photos])  # type: ignore[misc]
    seen = NamedPhotos(list(photos.reshape(5, 5, -1).numpy()), np.ones((1, 64), np.float32), np.zeros(5, int))
    names = [person.name for person in (*people[:4], again)]
    line_up = test.encode(model, seen, names, test.decoys(model, names, streamed_names(locale_parts("en_US"))))

    assert line_up.seen.targets.tolist() == [0, 1, 2, 3, 0]
    assert test.test(line_up).n_decoys == 30


class Tokenised(ToyClip):
    """Has a tokenizer: a letter is a token."""

    class _Letters:
        context_length = 40

        def __call__(self, texts: list[str]) -> torch.Tensor:
            ids = torch.zeros(len(texts), 40, dtype=torch.int64)
            for row, text in enumerate(texts):
                ids[row, : len(text) + 2] = torch.tensor([1, *[3] * len(text), 2])
            return ids

    tokenizer = _Letters()

    @property
    def info(self) -> ModelInfo:
        return replace(super().info, tokenizer_sha256="")


def test_a_model_with_a_tokenizer_counts_tokens() -> None:
    decoys = EvidenceTest(n_decoys=6).decoys(
        Tokenised(), ["abc", "abcdef"], (f"{n:0{1 + n % 9}d}" for n in range(9, 99))
    )

    assert decoys.matched_in == "tokens"
    assert sorted(map(len, decoys.names)) == [3, 3, 3, 6, 6, 6]


def test_what_makes_no_sense_is_refused(toys: tuple[list[Person], np.ndarray]) -> None:
    people, _ = toys
    with pytest.raises(SettingError, match="one or more decoys, got 0"):
        EvidenceTest(n_decoys=0)
    with pytest.raises(SettingError, match="a false discovery rate between 0 and 1"):
        EvidenceTest(level=1.0)
    line_up = lined_up(toy_clip(), people[:3], EvidenceTest(n_decoys=4))
    names = [person.name for person in people[:3]]
    with pytest.raises(ShapeError, match="one name for each of 3 people, got 2"):
        EvidenceTest().encode(toy_clip(), line_up.seen, names[:2], line_up.decoys)
    with pytest.raises(DatasetError, match="one name comes twice"):
        EvidenceTest().encode(toy_clip(), line_up.seen, names, Decoys((names[0],), 1, 0, "tokens"))


def test_false_discoveries_are_as_rare_as_promised() -> None:
    """Of audits of nobody, hardly more than 1 in 20 finds anybody; of audits with members, few of those found."""
    photos, names = simulated_embeddings(100, 3_000, seed=3)
    nobody = simulated_audits(photos, names, n_people=20, n_audits=100)
    with_members = simulated_audits(
        photos[40:],
        names[40:],
        leaning(names[:40], photos[:40]),
        members=photos[:40],
        n_people=20,
        n_members=5,
        n_audits=100,
    )

    assert (nobody.false > 0).mean() <= 0.11  # 11 and more of 100 have a chance of 1 % at a rate of 5 %
    assert with_members.false_discovery_proportions.mean() <= 0.05
    assert (with_members.found / 5).mean() > 0.8


def leaning(names: np.ndarray, photos: np.ndarray) -> np.ndarray:
    """Each name, leaning towards a person's photos."""
    return np.asarray(names + 0.6 * (photos - photos.mean(axis=0)))


def test_a_level_is_that_of_who_asks() -> None:
    evidence = EvidenceTest().test(
        LineUp(drawn(12, 260, strength=2.0), Decoys(("Ben Sample",), 1, 0, "tokens"), n_prompts=1)
    )
    strict, lax = evidence.discovered(0.01), evidence.discovered(0.5)

    assert (lax >= strict).all()
    assert replace(evidence, at_least=np.zeros(12, dtype=np.int64)).discovered(0.05).all()
