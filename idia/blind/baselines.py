"""How well members can be told from non-members without asking the model under audit."""

from collections.abc import Callable, Mapping, Sequence, Sized

import numpy as np
from jaxtyping import Bool, Float64, Int, UInt64

from idia.blind.crossvalidation import FEWEST, Judge, out_of_fold
from idia.blind.images import image_features, image_judge
from idia.blind.metadata import Column, metadata_judge
from idia.blind.names import name_judge
from idia.errors import ShapeError
from idia.people import Person
from idia.randomness import key_of
from idia.spelling import name_key
from idia.statistics.checks import checked_scores

BASELINES = ("name", "image", "metadata", "other-model")
"""What the baselines are called in records."""

# Nobody needs a millionth of a rank; published scores say less about whose they are without it.
_DECIMALS = 2


def blind_scores(
    people: Sequence[Person],
    occurrences: Int[np.ndarray, " people"],
    *,
    token_counts: Int[np.ndarray, " people"] | None = None,
    metadata: Mapping[str, Column] | None = None,
    images: Float64[np.ndarray, "people features"] | None = None,
    other_model: Float64[np.ndarray, " people"] | None = None,
    seed: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Float64[np.ndarray, " people"] | str]:
    """Returns membership scores that never asked the model under audit, or the reason why there are none.

    If members and non-members were drawn by lot, nothing but a model that saw the members can tell them apart. Where a
    baseline does, they differ in something else, and an attack that does no better has shown nothing about the model.

    * ``name``: letters, length, words and tokens of the name.
    * ``image``: number, size, sharpness, brightness and colours of the photos, and roughly what is on them.
    * ``metadata``: further columns of the membership table.
    * ``other-model``: the same attack on a model that never saw these people.

    All but the last are learned: each person is scored by judges who were told of others alone who is a member
    (`out_of_fold`), as a rank in (0, 1), to the hundredth. Under permuted labels their area is 0.50 on average (0.49 to
    0.50 for 158 and for 540 people), but scatters 1.1 to 1.7 times as much as an interval over people says, since all
    judges learn from nearly the same people. So the best of several may look better than it is, which makes a claim of
    leakage harder, and never easier.

    Args:
        people: Whose membership to guess, in any order: everybody's score stays the same.
        occurrences: Image–text pairs of each person in the training data `[people]`; 0 is a non-member.
        token_counts: Tokens of each name, as the model under audit splits it `[people]`.
        metadata: Columns of a table, each with a cell for everybody, as `Membership.columns_of` returns them.
        images: What `image_features` returned for these people, where it is known already.
        other_model: Scores by the other model `[people]`.
        seed: Keys the folds.
        progress: Told of how many people the photos were looked at.

    Raises:
        ShapeError: Something is not given once per person.
        UnreadablePhotoError: A photo cannot be decoded.
    """
    is_member = np.asarray(occurrences) > 0
    given: dict[str, Sized | None] = {"occurrences": occurrences, "token counts": token_counts}
    given |= {"image features": images, "scores by another model": other_model}
    given |= {f"metadata {name!r}": cells for name, cells in (metadata or {}).items()}
    for what, values in given.items():
        if values is not None and len(values) != len(people):
            raise ShapeError(f"expected {what} of {len(people)} people, got {len(values)}. Pass one for each of them.")
    scores: dict[str, Float64[np.ndarray, " people"] | str] = dict.fromkeys(BASELINES, _too_few(is_member))
    if other_model is None:
        scores["other-model"] = "no other model was scored"
    else:
        scores["other-model"] = checked_scores(other_model, "people")
    if scores["name"]:
        return scores

    # Sums depend on the order of their terms: everything is computed in one order of people.
    order = np.argsort([name_key(person.name) for person in people], kind="stable")
    ordered = [people[index] for index in order]
    members = is_member[order]
    keys: UInt64[np.ndarray, " people"] = np.array(
        [key_of(name_key(person.name)) for person in ordered], dtype=np.uint64
    )

    def scored(judge: Judge) -> Float64[np.ndarray, " people"]:
        result = np.empty(len(order))
        result[order] = out_of_fold(judge, members, keys, seed=seed).round(_DECIMALS)
        return result

    tokens = None if token_counts is None else np.asarray(token_counts)[order]
    columns = {name: [cells[index] for index in order] for name, cells in (metadata or {}).items()}
    seen = image_features(ordered, progress) if images is None else images[order]
    scores["name"] = scored(name_judge([person.name for person in ordered], members, tokens))
    scores["image"] = scored(image_judge(seen, members))
    judge = metadata_judge(columns, members, keys)
    scores["metadata"] = "the membership table says nothing else about people" if judge is None else scored(judge)
    return scores


def _too_few(is_member: Bool[np.ndarray, " people"]) -> str:
    for n, who in ((int(is_member.sum()), "members"), (int((~is_member).sum()), "non-members")):
        if n < FEWEST:
            return f"{n} {who} are too few to learn from; it takes {FEWEST}"
    return ""
