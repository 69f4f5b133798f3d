"""How numbers and names are written, the same in every table and figure."""

import math
import unicodedata
from collections.abc import Sequence
from statistics import NormalDist

from idia.evaluation.controls import FALSE_ALARMS
from idia.records import Document

UNKNOWN = "n/a"

_ATTACKS = (
    *("idia", "calibrated", "nameless", "strangers"),
    *("tuni-gibberish", "tuni-names", "tuni-gibberish-photos", "tuni-names-photos", "tuni-release"),
)

_SIGNIFICANT = 0.05
_SMALL = ((1e-6, "1e-6"), (1e-5, "1e-5"), (1e-4, "1e-4"), (1e-3, ".001"))


def headline_cells(document: Document) -> list[Document]:
    """Returns the cells at the largest number of photos: all occurrences first, then bin by bin."""
    cells: Sequence[Document] = document["cells"]
    if not cells:
        return []
    largest = max((cell["n_photos"] for cell in cells), key=size_order)
    chosen = [cell for cell in cells if cell["n_photos"] == largest]
    return sorted(chosen, key=lambda cell: occurrences_order(cell["occurrences"]))


def bin_cells(document: Document) -> list[Document]:
    """Returns the headline cells of the bins of training occurrences, by size."""
    return [cell for cell in headline_cells(document) if cell["occurrences"] != "all"]


def overall_cell(document: Document) -> Document | None:
    """Returns the headline cell of all training occurrences, or None where nothing was measured."""
    return next((cell for cell in headline_cells(document) if cell["occurrences"] == "all"), None)


def by_photos(document: Document, occurrences: str = "all") -> list[Document]:
    """Returns the cells of some training occurrences, by number of photos."""
    chosen = [cell for cell in document["cells"] if cell["occurrences"] == occurrences]
    return sorted(chosen, key=lambda cell: size_order(cell["n_photos"]))


def members_outside_bins(document: Document) -> int:
    """Returns how many members are in no bin of training occurrences: they count among all members only."""
    overall = overall_cell(document)
    return 0 if overall is None else int(overall["members"] - sum(cell["members"] for cell in bin_cells(document)))


def has_threshold(document: Document) -> bool:
    """Returns whether the attack calls people members; others give everybody a score and leave it at that."""
    return document["protocol"]["tau"] is not None


def attack_order(attack: str) -> tuple[int, str]:
    """Returns a sort key for attacks: the published one, the stronger ones, those by name alone, and others by name."""
    return _ATTACKS.index(attack) if attack in _ATTACKS else len(_ATTACKS), attack


def is_above_chance(cell: Document) -> bool:
    """Returns whether the interval of the TPR lies wholly above that of the FPR.

    Without verdicts: whether members score higher than chance allows in one of 10,000 runs, as controls are judged.
    """
    if cell["tau"] is None:
        value, members, others = cell["auc"]["value"], cell["members"], cell["non_members"]
        if value is None or not members or not others:
            return False
        deviation = math.sqrt((members + others + 1) / (12 * members * others))  # Mann and Whitney's
        return bool(value - 0.5 > NormalDist().inv_cdf(1 - FALSE_ALARMS) * deviation)
    low, high = cell["tpr"]["low"], cell["fpr"]["high"]
    return low is not None and high is not None and bool(low > high)


def size_order(n_photos: int | str) -> tuple[bool, int]:
    """Returns a sort key for photos per person: numbers by size, then `all`."""
    return (True, 0) if isinstance(n_photos, str) else (False, n_photos)


def occurrences_order(occurrences: str) -> tuple[int, ...]:
    """Returns a sort key for training occurrences: `all`, then counts and ranges by size."""
    return () if occurrences == "all" else tuple(int(count) for count in occurrences.split("-"))


def interval(estimate: Document) -> str:
    """Returns an estimate with its interval: `0.54 [0.43, 0.66]`."""
    return UNKNOWN if estimate["value"] is None else f"{fraction(estimate['value'])} {ends(estimate)}"


def ends(estimate: Document) -> str:
    """Returns the interval alone: `[0.43, 0.66]`."""
    return f"[{fraction(estimate['low'])}, {fraction(estimate['high'])}]"


def fraction(value: float | None) -> str:
    """Returns a fraction with two decimals."""
    return UNKNOWN if value is None else f"{value:.2f}"


def p_words(p: float) -> str:
    """Returns how small a p-value is: `p = .032`, or a power of ten it lies below, never 0.

    >>> [p_words(p) for p in (0.0321, 0.0004, 3e-5, 1e-40, 0.9999)]
    ['p = .032', 'p < .001', 'p < 1e-4', 'p < 1e-6', 'p > .99']
    """
    if p > 0.99:
        return "p > .99"
    if p >= 1e-3:
        return f"p = {p:.3f}".replace("0.", ".")
    return next(f"p < {words}" for bound, words in _SMALL if p < bound)


def is_significant(trend: Document) -> bool:
    """Returns whether a trend is called one."""
    return bool(trend["p"] < _SIGNIFICANT)


def trend_words(trend: Document, of: str = "members") -> str:
    """Returns in a sentence whether the TPR rises with training occurrences.

    Args:
        trend: The test.
        of: What was counted.
    """
    exact = "exact " if trend["method"].startswith("exact") else ""
    rises = (
        "TPR rises with occurrences" if trend["p"] < _SIGNIFICANT else "no rise of the TPR with occurrences is shown"
    )
    return f"{rises}: {exact}trend test {p_words(trend['p'])} ({trend['n']:,} {of})"


def people(count: float) -> str:
    """Returns a number of people, with one decimal where it is a mean over draws that is not whole."""
    return f"{round(count):,}" if abs(count - round(count)) < 0.05 else f"{count:,.1f}"


def occurrences_words(occurrences: str) -> str:
    """Returns training occurrences as a reader expects a range: with an en dash."""
    return occurrences.replace("-", "–")


def photos_words(n_photos: int | str) -> str:
    """Returns photos per person in words."""
    if n_photos == 0:
        return "no photos"
    return "all photos" if n_photos == "all" else f"{n_photos} photo{'s' if n_photos != 1 else ''}"


def photos_of_all(documents: Sequence[Document]) -> str:
    """Returns in words with how many photos per person some records were measured: `all photos or none`."""
    cells = [cell for cell in map(overall_cell, documents) if cell is not None]
    numbers = sorted({cell["n_photos"] for cell in cells}, key=size_order, reverse=True)
    return " or ".join(
        "none" if n_photos == 0 and at else photos_words(n_photos) for at, n_photos in enumerate(numbers)
    )


def protocol_label(document: Document) -> str:
    """Returns the protocol with the beginning of its hash: rows with different labels cannot be compared."""
    return f"{document['protocol']['id']}-{document['protocol']['sha256'][:8]}"


def one_line(text: str) -> str:
    """Returns text without line breaks and control characters."""
    printable = ("" if unicodedata.category(char)[0] == "C" and not char.isspace() else char for char in text)
    return " ".join("".join(printable).split())


def shortened(text: str, width: int) -> str:
    """Returns text of at most so many characters; what is left out is in the middle.

    >>> shortened("ViT-B-32-quickgelu,laion400m_e32", 16)
    'ViT-B-32…00m_e32'
    """
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def state(document: Document) -> str:
    """Returns what a reader must know before believing a number, or nothing: a control, or a status other than ok."""
    notes = ["control"] if document["control"] is not None else []
    return ", ".join([*notes, *([] if document["status"] == "ok" else [document["status"]])])
