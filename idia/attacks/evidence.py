"""Per-person evidence: the rank of a person's own name among decoys, names that nobody bears."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Int, Int64

from idia.attacks.decoys import Decoys, matched_decoys
from idia.attacks.named_photos import NamedPhotos
from idia.attacks.standardising import standardised_both_ways
from idia.errors import SettingError, ShapeError
from idia.models import EmbeddingCache, Model, Progress
from idia.models.token_counts import token_counts
from idia.prompts import PAPER_PROMPTS, PromptTemplates
from idia.statistics import benjamini_hochberg, decoys_needed, discovered, p_values_among
from idia.timing import Stage, untimed

EVIDENCE_PROMPTS = 5
"""So many templates are used, the first: with ten thousand names each costs time, and more hardly tell more."""

_NEAR = 0.01  # of the decoys: to so many each person is close, and a name that is close to many people is a hub


@final
@dataclass(frozen=True, eq=False, slots=True)
class LineUp:
    """Photos of people, and their own names among decoys, as a model embeds them.

    Attributes:
        seen: Photos and names; whatever name nobody bears is a decoy.
        decoys: What the decoys are called.
        n_prompts: Over how many prompts names are averaged.
    """

    seen: NamedPhotos
    decoys: Decoys
    n_prompts: int

    def with_photos(self, chosen: Sequence[Int[np.ndarray, " chosen"]]) -> "LineUp":
        """Returns the same people and names with fewer photos.

        Args:
            chosen: Which photos of each person to keep, one array of positions per person.

        Raises:
            ShapeError: Somebody is missing, or is left without photos.
        """
        return replace(self, seen=self.seen.with_photos(chosen))


@final
@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """Where each person's own name ranks among decoys. It may be evidence of association; it proves no training.

    Attributes:
        at_least: How many decoys are at least as close to a person's photos as the own name `[people]`.
        n_decoys: How many decoys there are.
        hubness: The share of decoys that are close to fewer other people than the own name is `[people]`; of as many
            counts half. Its mean over people is the area under the ROC curve of their names against decoys. It is about
            1/2 for names that decoys can stand for. Those of people who were trained on may be larger.
        n_prompts: Over how many prompts names were averaged.
        decoys_sha256: Fingerprint of the decoys' names.
    """

    at_least: Int64[np.ndarray, " people"]
    n_decoys: int
    hubness: Float64[np.ndarray, " people"]
    n_prompts: int
    decoys_sha256: str

    @property
    def p_values(self) -> Float64[np.ndarray, " people"]:
        """How likely the own name would rank so high, were it one more decoy `[people]`; above 0."""
        return p_values_among(self.at_least, self.n_decoys)

    def discovered(self, level: float) -> Bool[np.ndarray, " people"]:
        """Returns for whom there is evidence at a false discovery rate, by Benjamini and Hochberg `[people]`.

        Raises:
            SettingError: The rate is not between 0 and 1.
        """
        return discovered(benjamini_hochberg(self.p_values), level)


@final
@dataclass(frozen=True, slots=True)
class EvidenceTest:
    """Asks for every person whether the own name is closer to the photos than names that nobody bears.

    **The null.** Nobody was trained on under the person's name. Then the own name might as well have been any of the
    decoys: to the model it is one more name of the same kind. So of K decoys and the own name each is equally likely to
    be the closest one, the second closest and so on. If k decoys are at least as close as the own name,
    p = (1 + k) / (1 + K) is at most α with a probability of at most α, whatever the photos look like.

    **Closeness** is the mean cosine of photos and prompts, standardised per person over names and per name over other
    people (`idia.attacks.standardising`). So a name that is close to everybody, a hub, gains nothing by that: its mean
    and its deviation are taken out. Neither the person nor the own name takes part in what it is compared with.

    **Many people.** All are ranked among the same decoys, so that p-values depend on each other: where decoys happen to
    be close, they are too large for everybody. For ranks among a common sample, the procedure of Benjamini and Hochberg
    keeps its promise: of those picked out, on average no more than the level are picked out falsely. Here everybody has
    photos of her or his own, so it was simulated as well (`benchmarks/false_discoveries.py`).

    **What the null does not cover.** A name that another person of the training set bears, or that differs from decoys
    in what it is: of another language, say, or famous. Their hubness tells (`Evidence.hubness`, over non-members).

    Attributes:
        prompts: The prompt templates; the first five of them are used.
        level: The false discovery rate that the number of decoys is made for.
        n_decoys: How many decoys; by default as many as it takes for one person alone to be picked out.

    Raises:
        SettingError: The level is not between 0 and 1, or no decoys are wanted.

    Source:
        The p-value: Phipson, Smyth, "Permutation p-values should never be zero", Statistical Applications in Genetics
        and Molecular Biology 9 (2010). Ranks among a common sample and false discoveries: Bates, Candès, Lei, Romano,
        Sesia, "Testing for outliers with conformal p-values", Annals of Statistics 51 (2023).
    """

    prompts: PromptTemplates = PAPER_PROMPTS
    level: float = 0.05
    n_decoys: int | None = None

    def __post_init__(self) -> None:
        decoys_needed(1, self.level)
        if self.n_decoys is not None and self.n_decoys < 1:
            raise SettingError(f"expected one or more decoys, got {self.n_decoys}. Leave it out for as many as needed.")

    @property
    def used_prompts(self) -> PromptTemplates:
        """The first of the prompt templates."""
        return PromptTemplates(self.prompts.templates[:EVIDENCE_PROMPTS])

    def decoys(
        self, model: Model, people: Sequence[str], candidates: Iterable[str], *, excluded: Iterable[str] = ()
    ) -> Decoys:
        """Returns decoys of as many tokens as the people's names, as the model counts them; else of as many letters.

        Args:
            model: The model under audit.
            people: The names of all people under attack.
            candidates: Where the people's names come from, and no more is known of them; may be endless. At most 20
                times as many are read as decoys are wanted.
            excluded: Other names that are no decoys, such as those known to have been trained on.

        Raises:
            SettingError: There are no people.
            DatasetError: Nobody of the candidates can be a decoy.
        """
        n_decoys = self.n_decoys or decoys_needed(len(people), self.level)
        counts = None if token_counts(model, []) is None else partial(_token_counts, model)
        return matched_decoys(candidates, people, n_decoys, tokens=counts, excluded=excluded)

    def encode(
        self,
        model: Model,
        seen: NamedPhotos,
        people: Sequence[str],
        decoys: Decoys,
        *,
        cache: EmbeddingCache | None = None,
        progress: Progress | None = None,
        stage: Stage = untimed,
    ) -> LineUp:
        """Returns photos, own names and decoys as the model embeds them; memory does not grow with prompts.

        Args:
            model: The model under audit.
            seen: The people's photos as the model embeds them, under whatever names: what `CalibratedAttack.encode`
                returned.
            people: What the people are called, in their order.
            decoys: What `decoys` returned.
            cache: Where embeddings are kept between runs; nothing is kept by default.
            progress: Told how many names are done.
            stage: Told how long `encoding prompts` lasts.

        Raises:
            ShapeError: There is not one name per person.
            DatasetError: A decoy is somebody's name.
            ModelError: The model does not return unit-norm embeddings.
        """
        prompts = self.used_prompts
        named = seen.with_names(model, people, decoys.names, prompts, cache=cache, progress=progress, stage=stage)
        return LineUp(named, decoys, len(prompts))

    def test(self, line_up: LineUp) -> Evidence:
        """Returns where each person's own name ranks among the decoys.

        Args:
            line_up: What `encode` returned, possibly with fewer photos.

        Raises:
            DatasetError: There are fewer than two people of different names to compare with each other.
            ShapeError: There are fewer than three names, or no decoys among them.
        """
        at_least, n_decoys, hubness = ranked_among_decoys(line_up.seen)
        return Evidence(at_least, n_decoys, hubness, line_up.n_prompts, line_up.decoys.sha256)


def ranked_among_decoys(
    seen: NamedPhotos,
) -> tuple[Int64[np.ndarray, " people"], int, Float64[np.ndarray, " people"]]:
    """Returns how many decoys are at least as close as the own name, how many there are, and the own names' hubness.

    Args:
        seen: Photos and names; whatever name nobody bears is a decoy.

    Raises:
        DatasetError: There are fewer than two people of different names to compare with each other.
        ShapeError: There are fewer than three names, or no decoys among them.
    """
    targets, n_people, n_names = seen.targets, len(seen.targets), len(seen.names)
    is_decoy = np.bincount(targets, minlength=n_names) == 0
    n_decoys = int(is_decoy.sum())
    if not n_decoys:
        raise ShapeError(f"expected decoys: names that nobody bears, got {n_names} names, all of people.")
    last = n_decoys - max(1, round(_NEAR * n_decoys))
    at_least = np.empty(n_people, dtype=np.int64)
    n_near = np.zeros(n_names, dtype=np.int64)  # of each name, to how many people but its bearers it is close
    for block, z in standardised_both_ways(seen):
        own, of_decoys = (np.arange(len(z)), targets[block]), z[:, is_decoy]
        at_least[block] = (of_decoys >= z[own][:, None]).sum(axis=1)
        of_decoys.partition(last, axis=1)
        is_near = z >= of_decoys[:, last, None]
        is_near[own] = False
        n_near += is_near.sum(axis=0)
    decoys = np.sort(n_near[is_decoy])
    below, up_to = (np.searchsorted(decoys, n_near[targets], side) for side in ("left", "right"))
    return at_least, n_decoys, (below + up_to) / (2 * n_decoys)


def _token_counts(model: Model, names: Sequence[str]) -> Int[np.ndarray, " names"]:
    counts = token_counts(model, names)
    if counts is None:
        raise ShapeError(f"model {model.info.name!r} counts the tokens of some texts and not of others.")
    return counts
