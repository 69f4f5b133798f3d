"""Decoys: names that nobody bears, of the same kind as the names of the people under attack."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, final

import numpy as np
from jaxtyping import Int, Int64

from idia.errors import DatasetError, SettingError
from idia.names import NamePool
from idia.spelling import canonical_name, name_key

Lengths = Callable[[Sequence[str]], Int[np.ndarray, " names"]]
"""From names to how long each of them is `[names]`."""

_BATCH = 4_096  # candidates looked at together
_PATIENCE = 20  # candidates looked at for each decoy that is wanted
_SMALLEST_SHARE = 0.05  # of the people: lengths of fewer are taken together with their neighbours


@final
@dataclass(frozen=True, eq=False, slots=True)
class Decoys:
    """Names that nobody bears.

    Attributes:
        names: The names, as they are put into prompts.
        wanted: How many were asked for; a short list may have given fewer.
        unmatched: How many of them have another length than was wanted, for want of candidates.
        matched_in: What length was counted in.
    """

    names: tuple[str, ...]
    wanted: int
    unmatched: int
    matched_in: Literal["tokens", "characters"]

    @property
    def sha256(self) -> str:
        """Fingerprint of the names in their order."""
        return NamePool(self.names).sha256

    def __len__(self) -> int:
        return len(self.names)


def matched_decoys(
    candidates: Iterable[str],
    tested: Sequence[str],
    n_decoys: int,
    *,
    tokens: Lengths | None = None,
    excluded: Iterable[str] = (),
) -> Decoys:
    """Returns names that nobody bears, as long as those of the people: each length has the share that it has of theirs.

    A decoy stands for what a person's name would be if nobody had been trained on under it. So candidates should come
    from where the people's names come from, and none of them should have been trained on, as far as anybody can know.
    Names of many tokens are closer to, or further away from, photos than short ones; so lengths are matched. Lengths of
    fewer than 5 % of the people are taken together with their neighbours.

    Candidates are read one after another until there are enough of every length, and at most 20 for each decoy. After
    that, lengths that are missing are made up for by others.

    Args:
        candidates: Names in any order that says nothing about them; may be endless.
        tested: The names of all people under attack.
        n_decoys: How many decoys: `idia.statistics.decoys_needed`.
        tokens: Of how many tokens names are; by default characters are counted.
        excluded: Other names that are no decoys, such as those known to have been trained on.

    Raises:
        SettingError: No decoys are wanted, or there are no people.
        DatasetError: Nobody of the candidates can be a decoy.
    """
    if n_decoys < 1 or not tested:
        raise SettingError(f"expected one or more decoys for one or more people, got {n_decoys} for {len(tested)}.")
    length = _characters if tokens is None else tokens
    wanted = length(tested)
    starts = _starts(wanted)
    left = _quotas(np.bincount(_groups(wanted, starts), minlength=len(starts)), n_decoys)
    taken = {name_key(name) for names in (tested, excluded) for name in names}
    fresh = islice(_fresh(candidates, taken), n_decoys * _PATIENCE)
    matched: list[str] = []
    others: list[str] = []
    while left.any() and (batch := list(islice(fresh, _BATCH))):
        lengths = length(batch)
        groups = np.where(np.isin(lengths, wanted), _groups(lengths, starts), -1)
        for name, group in zip(batch, groups.tolist(), strict=True):
            if group >= 0 and left[group]:
                left[group] -= 1
                matched.append(name)
            elif len(others) < n_decoys:
                others.append(name)
    unmatched = others[: n_decoys - len(matched)]
    if not matched and not unmatched:
        raise DatasetError(
            f"there is no decoy for {len(tested)} people: expected names that nobody of them bears, got none. Bring a "
            "longer list of names, draw them with --idia-names, or do without evidence: --idia-decoys 0."
        )
    kind_of_length: Literal["tokens", "characters"] = "characters" if tokens is None else "tokens"
    return Decoys((*matched, *unmatched), n_decoys, len(unmatched), kind_of_length)


def _fresh(candidates: Iterable[str], taken: set[str]) -> Iterator[str]:
    for candidate in candidates:
        key = name_key(candidate)
        if key and key not in taken:
            taken.add(key)
            yield canonical_name(candidate)


def _characters(names: Sequence[str]) -> Int64[np.ndarray, " names"]:
    return np.array([len(name) for name in names], dtype=np.int64)


def _starts(lengths: Int[np.ndarray, " people"]) -> Int64[np.ndarray, " groups"]:
    """The shortest length of each group, so that every group holds enough people."""
    values, counts = np.unique(lengths, return_counts=True)
    least = _SMALLEST_SHARE * len(lengths)
    starts: list[int] = []
    held = 0
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        if not starts or held >= least:
            starts.append(value)
            held = 0
        held += count
    if held < least and len(starts) > 1:
        starts.pop()
    return np.array(starts, dtype=np.int64)


def _groups(lengths: Int[np.ndarray, " names"], starts: Int64[np.ndarray, " groups"]) -> Int64[np.ndarray, " names"]:
    """The number of each length's group; of lengths that somebody has."""
    groups: Int64[np.ndarray, " names"] = np.searchsorted(starts, lengths, side="right") - 1
    return groups


def _quotas(people: Int[np.ndarray, " groups"], n_decoys: int) -> Int64[np.ndarray, " groups"]:
    """So many decoys of every group, in proportion to its people; what is left over goes to the largest remainders."""
    quotas: Int64[np.ndarray, " groups"] = people.astype(np.int64) * n_decoys // people.sum()
    remainders = people * n_decoys % people.sum()
    quotas[np.argsort(-remainders, kind="stable")[: n_decoys - quotas.sum()]] += 1
    return quotas
