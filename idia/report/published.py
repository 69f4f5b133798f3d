"""Numbers that others published, shown for comparison and never mixed with ours; only those with a source we read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from idia.prompts import PAPER_PROMPTS
from idia.records import Document
from idia.report.wording import bin_cells, headline_cells, members_outside_bins, one_line

SOURCE = 'Hintersdorf et al., "Does CLIP Know My Face?", arXiv:2209.07341, version 2 (2023)'

_PHOTOS = 30
_NAMES = 1_000
_FEWER_CAPTIONS_THAN = 300  # the published people of LAION-400M


@dataclass(frozen=True, slots=True)
class Published:
    """One published number.

    Attributes:
        training_set: What the model was trained on.
        architecture: Which models it holds for.
        occurrences: Training occurrences of the members, as in a record; empty for a number about utility.
        quantity: `TPR`, `FPR`, `accuracy`, or a measure of utility.
        relation: `=`, `≈`, or `<` and `>` where only a bound was printed.
        low: The number or bound, a fraction.
        high: The same, or the upper end where a range over models was printed.
        of: How many people it is of, where so few that it says little.
    """

    training_set: str
    architecture: str
    occurrences: str
    quantity: str
    relation: str
    low: float
    high: float
    of: str = ""


_ALL_CC3M, _ALL_LAION = "RN50, ViT-B/32, RN50x4", "ViT-B/32, ViT-B/16, ViT-L/14"

PUBLISHED = (
    Published("CC3M", "ViT-B/32", "1", "TPR", "=", 0.249, 0.249),
    Published("CC3M", "ViT-B/32", "10", "TPR", "≈", 0.67, 0.67),
    Published("CC3M", _ALL_CC3M, "75", "TPR", ">", 0.95, 0.95),
    Published("CC3M", _ALL_CC3M, "75", "FPR", "<", 0.018, 0.018),
    Published("LAION-400M", _ALL_LAION, "1-299", "TPR", ">", 0.68, 0.68),
    Published("LAION-400M", _ALL_LAION, "1-299", "FPR", "=", 0.0, 0.0, "of 9 people"),
    Published("LAION-400M", _ALL_LAION, "1-299", "accuracy", ">", 0.70, 0.70),
    Published("CC3M", "RN50", "", "ImageNet top-1", "=", 0.193, 0.200),
    Published("CC3M", "ViT-B/32", "", "ImageNet top-1", "=", 0.143, 0.147),
    Published("CC3M", "RN50x4", "", "ImageNet top-1", "=", 0.207, 0.217),
    Published("CC3M", "RN50", "", "image-to-text rank@1", "=", 0.31, 0.31),
    Published("CC3M", "ViT-B/32", "", "image-to-text rank@1", "=", 0.21, 0.21),
    Published("CC3M", "RN50x4", "", "image-to-text rank@1", "=", 0.335, 0.335),
)
"""At 30 photos, 21 prompts, 1,000 names and τ = 1; one model per count for CC3M."""


def published_by_count(documents: Sequence[Document]) -> tuple[Published, ...]:
    """Returns the TPRs published for training occurrences that these records report as a bin of their own.

    They are of one model per count, trained on CC3M; none where the protocol differs, as nothing then compares.
    """
    if not all(_has_published_protocol(document) and _is_at_published_photos(document) for document in documents):
        return ()
    counts = {cell["occurrences"] for document in documents for cell in bin_cells(document)}
    return tuple(each for each in _tprs("CC3M") if each.occurrences in counts)


def published_at_30_photos(document: Document) -> tuple[Published, ...]:
    """Returns the TPR published for such a model at 30 photos: trained on LAION-400M, or with this one count."""
    bins = bin_cells(document)
    if not _has_published_protocol(document) or _PHOTOS not in document["protocol"]["sizes"]:
        return ()
    if members_outside_bins(document) or not bins:
        return ()
    if len(bins) == 1:
        return tuple(each for each in _tprs("CC3M") if each.occurrences == bins[0]["occurrences"])
    most = max(int(cell["occurrences"].split("-")[-1]) for cell in bins)
    training_data = re.sub(r"[^a-z0-9]", "", (document["model"]["training_data"] or "").lower())
    is_such = "laion400m" in training_data and most < _FEWER_CAPTIONS_THAN
    return _tprs("LAION-400M") if is_such else ()


def published_words(published: Published) -> str:
    """Returns a published number with its mark: `> 0.68 of 9 people`."""
    relation = "" if published.relation == "=" else f"{published.relation} "
    ends = dict.fromkeys(f"{end:.3g}" for end in (published.low, published.high))
    return one_line(f"{relation}{'–'.join(ends)} {published.of}")


def _tprs(training_set: str) -> tuple[Published, ...]:
    return tuple(each for each in PUBLISHED if each.training_set == training_set and each.quantity == "TPR")


def _has_published_protocol(document: Document) -> bool:
    protocol = document["protocol"]
    asked = protocol["prompts_sha256"], protocol["n_names"], protocol["tau"]
    return bool(asked == (PAPER_PROMPTS.sha256, _NAMES, 1))


def _is_at_published_photos(document: Document) -> bool:
    cells, photos = headline_cells(document), document["people"]["photos_per_person"]
    if not cells:
        return False
    largest = cells[0]["n_photos"]
    return bool(largest == _PHOTOS or (largest == "all" and photos["min"] == photos["max"] == _PHOTOS))
