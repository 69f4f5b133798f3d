"""Audits of people whose truth is known, many times over: how often does the test for evidence err?"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64

from idia.attacks.evidence import ranked_among_decoys
from idia.attacks.named_photos import NamedPhotos
from idia.errors import SettingError
from idia.statistics import benjamini_hochberg, decoys_needed, discovered, p_values_among
from idia.testing.embeddings import clip_like_embeddings


@final
@dataclass(frozen=True, eq=False, slots=True)
class SimulatedAudits:
    """Whom simulated audits picked out.

    Attributes:
        false: How many who were not trained on, in each audit `[audits]`.
        found: How many members, in each audit `[audits]`.
        n_members: How many members each audit had.
        n_people: How many people each audit had.
        n_decoys: How many decoys each audit had.
    """

    false: Int64[np.ndarray, " audits"]
    found: Int64[np.ndarray, " audits"]
    n_members: int
    n_people: int
    n_decoys: int

    @property
    def false_discovery_proportions(self) -> Float64[np.ndarray, " audits"]:
        """Which share of those picked out was not trained on, in each audit; 0 where nobody was `[audits]`.

        Their mean estimates the false discovery rate. Without members this is how often anybody was picked out.
        """
        shares: Float64[np.ndarray, " audits"] = self.false / np.maximum(1, self.false + self.found)
        return shares


def simulated_audits(
    others: Float[np.ndarray, "others dim"],
    names: Float[np.ndarray, "names dim"],
    member_names: Float[np.ndarray, "members dim"] | None = None,
    *,
    members: Float[np.ndarray, "members dim"] | None = None,
    n_people: int,
    n_members: int = 0,
    n_audits: int = 200,
    level: float = 0.05,
    seed: int = 0,
) -> SimulatedAudits:
    """Audits people of whom is known who was trained on, again and again.

    Each audit draws other people, and deals other names that were never trained on to those who are no members; and it
    draws other decoys. Members keep their own names. All audits share the model, and the people and the names they draw
    from.

    Args:
        others: The mean embedding of each person's photos `[others, dim]`, of people who were not trained on.
        names: Embeddings of names that were not trained on, from one source `[names, dim]`.
        member_names: Embeddings of the members' own names `[members, dim]`.
        members: Mean embeddings of the members' photos `[members, dim]`.
        n_people: People in an audit, the members among them.
        n_members: Members in an audit.
        n_audits: How many audits.
        level: The nominal false discovery rate.
        seed: Of the draws.

    Raises:
        SettingError: There are not so many people or names.
    """
    n_decoys, n_others = decoys_needed(n_people, level), n_people - n_members
    no_members = np.empty((0, others.shape[1]))
    members, member_names = (no_members if each is None else each for each in (members, member_names))
    if not (0 <= n_members <= len(members) == len(member_names) and 0 <= n_others <= len(others)):
        raise SettingError(
            f"expected audits of {n_members} of {len(members)} members, with {len(member_names)} names, and {n_others} "
            f"of {len(others)} others: draw fewer people."
        )
    if n_others + n_decoys > len(names):
        raise SettingError(
            f"expected {n_others + n_decoys:,} names or more for {n_others} people and {n_decoys:,} decoys, got "
            f"{len(names):,}."
        )
    rng = np.random.default_rng(seed)
    targets = np.arange(n_people)
    false, found = np.empty(n_audits, dtype=np.int64), np.empty(n_audits, dtype=np.int64)
    for audit in range(n_audits):
        whose = rng.permutation(len(members))[:n_members]
        who = others[rng.permutation(len(others))[:n_others]]
        faces = np.concatenate([members[whose], who]).astype(np.float32)
        dealt = names[rng.choice(len(names), n_others + n_decoys, replace=False)]
        called = np.concatenate([member_names[whose], dealt]).astype(np.float32)
        at_least, n, _ = ranked_among_decoys(NamedPhotos(list(faces[:, None]), called, targets))
        picked = discovered(benjamini_hochberg(p_values_among(at_least, n)), level)
        found[audit], false[audit] = picked[:n_members].sum(), picked[n_members:].sum()
    return SimulatedAudits(false, found, n_members, n_people, n_decoys)


def simulated_embeddings(
    n_people: int, n_names: int, *, dim: int = 128, seed: int = 0
) -> tuple[Float32[np.ndarray, "people dim"], Float32[np.ndarray, "names dim"]]:
    """Returns one photo of each person and one text of each name, of a model that was trained on none of them.

    Args:
        n_people: How many people.
        n_names: How many names.
        dim: Length of an embedding, at least 128.
        seed: Decides on the scatter.
    """
    photos, texts = clip_like_embeddings(n_people, 1, n_names, dim, seed=seed)
    return photos.numpy(), texts[0].numpy()
