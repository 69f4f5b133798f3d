"""`Finding`: what one attack found in one model, before it is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64, Int, Num, UInt16

from idia.attacks.evidence import Evidence
from idia.attacks.voting import Size
from idia.blind import Claim
from idia.evaluation import AttackResult, ScoreResult
from idia.evaluation.controls import ControlKind, ControlResult
from idia.publication.text_only import TextOnlyFinding


@dataclass(frozen=True, eq=False, slots=True)
class Finding:
    """What one attack found in one model. People are along the first axis of every array, in the experiment's order.

    Attributes:
        attack: What the attack is called on the leaderboard.
        result: What was measured.
        sizes: Photos per person.
        scores: The membership scores that it was measured from `[people, sizes, draws]`.
        n_photos: How many photos each person has `[people]`.
        draws: How many draws of photos were asked for.
        codes: Predictions that can be published, one table per person; None of an attack that does not vote.
        control_scores: Scores of the same people under each control that was run `[people]`.
        controls: How the attack did there; empty in a control.
        blind_scores: Scores of the same people by each blind baseline that there is `[people]`.
        blind_reasons: Why there are no others, by their names.
        claim: Whether the attack beats them; None in a control.
        evidence: The rank of each own name among decoys; None where it was not asked for.
        near_tie_rate: Fraction of predictions that float32 arithmetic could have turned; None where nothing voted.
        backend: Who compared photos with names; empty where nobody did.
        text_only: What else an attack by names alone found; None of others. It may have scored only some of the people:
            then all scores are of these, in the order of its `rows`, and only `n_photos` is of everybody.
    """

    attack: str
    result: AttackResult | ScoreResult
    sizes: tuple[Size, ...]
    scores: Num[np.ndarray, "people sizes draws"]
    n_photos: Int[np.ndarray, " people"]
    draws: int = 1
    codes: Sequence[UInt16[np.ndarray, "photos prompts"]] | None = None
    control_scores: Mapping[ControlKind, Float64[np.ndarray, " people"]] = field(default_factory=dict)
    controls: Mapping[ControlKind, ControlResult] = field(default_factory=dict)
    blind_scores: Mapping[str, Float64[np.ndarray, " people"]] = field(default_factory=dict)
    blind_reasons: Mapping[str, str] = field(default_factory=dict)
    claim: Claim | None = None
    evidence: Evidence | None = None
    near_tie_rate: float | None = None
    backend: str = ""
    text_only: TextOnlyFinding | None = None

    @property
    def scored(self) -> Int[np.ndarray, " scored"]:
        """Which of the experiment's people scores are of, in the order of the scores `[scored]`."""
        some = None if self.text_only is None else self.text_only.rows
        return np.arange(len(self.n_photos)) if some is None else some
