"""Records without arrays: what follows from the numbers that they hold, and what has to be believed."""

from collections.abc import Iterator

from idia.evaluation import VerdictResult
from idia.evaluation.evaluating import PRIORS
from idia.records import Document, estimate_document, is_text_only
from idia.records.cells import NO_ESTIMATE
from idia.records.text_only import rate_of_kind, vote_document
from idia.statistics import Estimate, precision_at, proportion
from idia.verification.beside import is_of_nobody
from idia.verification.blind import trusted_claim_problems
from idia.verification.claims import trusted_control_problems
from idia.verification.mismatches import Problem, compared
from idia.verification.text_only import repeats_the_release

WHAT = ("rates of the vote", "precision", "all else on trust")
REMARK = (
    "no arrays are published where people who exist were asked about by their names alone: whoever has the names and "
    "the model could repeat a row, and would recognise whose it is"
)


def is_trusted(document: Document) -> bool:
    """Returns whether a record may hold numbers without arrays: of people who exist, asked about by names alone."""
    has_numbers = document["votes"] is None and bool(document["cells"])
    return has_numbers and is_text_only(document["attack"]) and not is_of_nobody(document)


def trusted_problems(document: Document) -> Iterator[Problem]:
    """Yields in what the numbers of a record without arrays contradict each other.

    Rates and their intervals follow from counts, precision from what is found without false positives, and status and
    verdict from controls and differences. Areas follow from nothing that is published.

    Args:
        document: A record that `is_trusted`.
    """
    given, people = document["text_only"], document["people"]
    yield from compared(len(given["detectors"]) // 2 + 1, given["needed"], "text_only.needed")
    if not given["by_kind"] and not repeats_the_release(document):
        yield "text_only.by_kind", "expected what is called of texts that nobody was trained on, found nothing"
    vote = given["vote"]
    called = (vote[role]["called"] for role in ("members", "non_members"))
    counted = VerdictResult(people["members"], people["non_members"], *called)
    yield from compared(vote_document(counted), vote, "text_only.vote")
    for at, kind in enumerate(given["by_kind"]):
        expected = rate_of_kind(kind["n"], kind["called"])
        yield from compared(expected, {key: kind[key] for key in expected}, f"text_only.by_kind[{at}]")
        yield from compared(people["members"] + kind["n"], kind["auc"]["n"], f"text_only.by_kind[{at}].auc.n")
    yield from _cell_problems(document)
    yield from trusted_control_problems(document)
    yield from trusted_claim_problems(document)


def _cell_problems(document: Document) -> Iterator[Problem]:
    people, cells = document["people"], document["cells"]
    first = cells[0]
    whole = {"n_photos": document["protocol"]["sizes"][-1], "occurrences": "all"}
    whole |= {key: people[key] for key in ("members", "non_members")}
    yield from compared(whole, {key: first[key] for key in whole}, "cells[0]")
    yield from compared(["all", *document["protocol"]["bins"]], [cell["occurrences"] for cell in cells], "cells")
    for key in ("threshold_sweep", "trend", "near_tie_rate"):
        if document[key]:
            yield key, "expected nothing, as a score has no threshold, and nobody votes"
    placed = [(f"cells[{at}]", cell) for at, cell in enumerate(cells)]
    placed += [(f"groups[{at}]", cell) for at, cell in enumerate(document.get("groups", ()))]
    for place, cell in placed:
        yield from _counted(cell, people["non_members"], place)
    if "no_false_positives" in first:
        tpr, fpr = (Estimate(**first["no_false_positives"][rate]) for rate in ("tpr", "fpr"))
        found = ((prior, precision_at(prior, tpr, fpr)) for prior in PRIORS)
        expected = [
            {"prior": prior, "at": "no false positives", "precision": each and estimate_document(each)}
            for prior, each in found
        ]
        yield from compared(expected, document.get("precision"), "precision")


def _counted(cell: Document, others: int, place: str) -> Iterator[Problem]:
    """In what a cell is not that of a score, or of other people than it says."""
    members = cell["members"]
    nothing = dict.fromkeys(("tau", "counts", "counts_sd", "accuracy"))
    expected = {**nothing, "non_members": others, "tpr": NO_ESTIMATE, "fpr": NO_ESTIMATE}
    yield from compared(expected, {key: cell[key] for key in expected}, place)
    yield from compared(members + others, cell["auc"]["n"], f"{place}.auc.n")
    if "no_false_positives" in cell:
        given = cell["no_false_positives"]
        found = round((given["tpr"]["value"] or 0) * members)
        rates = {"tpr": proportion(found, members), "fpr": proportion(0, others)}
        counted = {rate: estimate_document(each) for rate, each in rates.items()}
        yield from compared(counted, given, f"{place}.no_false_positives")
