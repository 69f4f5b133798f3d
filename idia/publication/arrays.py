"""The arrays beside a record: every number of it can be recomputed from them, under pseudonyms."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int

from idia.experiments import Experiment
from idia.publication.findings import Finding
from idia.publication.text_only import text_only_arrays
from idia.records.order import row_order
from idia.records.votes import MOST_DRAWS, REPEATABLE


def published_arrays(experiment: Experiment, finding: Finding, key: bytes) -> Mapping[str, np.ndarray]:
    """Returns what was measured of everybody, in rows whose order the key decides.

    Args:
        experiment: Whose people they are.
        finding: What one attack found.
        key: Puts people in an order that is the same in all their records.

    Returns:
        The arrays; none where an attack asked by names alone for people who exist: whoever has the names, and the
        model, could repeat every number, and would recognise whose it is.
    """
    if finding.text_only is not None and not experiment.is_synthetic:
        return {}
    order = row_order([person.name for person in experiment.people], key)
    # Where only some people were scored, they keep the order and the pseudonyms that they have among all.
    place = {person: at for at, person in enumerate(finding.scored.tolist())}
    numbers = [number for number, person in enumerate(order.tolist()) if person in place]
    rows = order[numbers]
    at = np.array([place[person] for person in rows.tolist()])
    n_photos = finding.n_photos[rows]
    arrays = {
        "pseudonyms": np.array([f"p{number:04d}" for number in numbers]),
        "occurrences": _published_occurrences(experiment)[rows].astype(np.int64),
        "n_photos": n_photos,
        "sizes": np.array([str(size) for size in finding.sizes]),
    }
    if finding.codes is None:
        arrays["scores"] = finding.scores[at].astype(np.float64)
    else:
        arrays["photo_offsets"] = np.concatenate([[0], np.cumsum(n_photos)])
        arrays["codes"] = np.concatenate([finding.codes[row].astype(np.uint16) for row in rows])
        arrays["scores"] = finding.scores[rows, :, :MOST_DRAWS].astype(np.uint16)
    if experiment.groups is not None:
        groups = {name: number for number, name in enumerate(group_names(experiment, rows), 1)}
        arrays["groups"] = np.array([groups.get(experiment.groups[row], 0) for row in rows], dtype=np.int64)
    beside = {f"control_{kind}": scores for kind, scores in finding.control_scores.items()}
    beside |= {f"blind_{name}": scores for name, scores in finding.blind_scores.items()}
    arrays |= {name.replace("-", "_"): scores[at].astype(np.float64) for name, scores in beside.items()}
    if finding.text_only is not None:
        arrays |= text_only_arrays(finding.text_only, at)
    if not experiment.is_synthetic:
        arrays = {name: array for name, array in arrays.items() if name not in REPEATABLE}
    if finding.evidence is not None:
        arrays["decoys_at_least"] = finding.evidence.at_least[rows].astype(np.int64)
    return arrays


def _published_occurrences(experiment: Experiment) -> Int[np.ndarray, " people"]:
    """How often everybody occurs; of people who exist, the least count of their bin instead.

    Captions can be searched by anybody: of the 548 people of the published LAION-400M counts, 451 have a count that
    nobody else has, which would tell whose a row is. Whatever is reported follows from the bin.
    """
    counts = experiment.occurrences
    if experiment.is_synthetic:
        return counts
    published, in_no_bin = np.zeros_like(counts), counts > 0
    for each in experiment.bins:
        published[each.holds(counts)] = each.low
        in_no_bin &= ~each.holds(counts)
    published[in_no_bin] = counts[in_no_bin].min(initial=np.iinfo(counts.dtype).max)
    return published


def group_names(experiment: Experiment, rows: Int[np.ndarray, " scored"]) -> list[str]:
    """Returns the groups that members are of, in the order of a record's `groups`.

    Args:
        experiment: Whose people they are.
        rows: Which of them were scored `[scored]`.
    """
    groups, counts = experiment.groups or (), experiment.occurrences
    return sorted({groups[row] for row in rows if groups and groups[row] and counts[row]})
