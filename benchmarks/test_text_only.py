"""How much leaks through names alone: no photo of anybody is shown to the model.

`--idia-text-only strangers`, `cheap`, `full` and `release` say how the model is asked; by default the shipped model
`vit-mixed` is, in the first two ways. Whether this says anything about training is decided by names that nobody was
trained on.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that torch is not imported before a benchmark runs
    from idia.audit import TextOnlyAudit


def test_text_only(idia_text_only: "TextOnlyAudit", idia_occurrences: str) -> None:
    """Members with so many training occurrences are ranked among non-members, with intervals that hold the areas."""
    for record in idia_text_only.records:
        cells = {cell["occurrences"]: cell for cell in record.document["cells"]}
        if idia_occurrences not in cells:
            assert record.document["attack"] == "tuni-release"  # it judges a fifth of the people
            continue
        auc = cells[idia_occurrences]["auc"]
        assert 0 <= auc["low"] <= auc["value"] <= auc["high"] <= 1
        assert auc["low"] < auc["high"]


def test_text_only_controls(idia_text_only: "TextOnlyAudit") -> None:
    """Nobody is found where there is nobody to find, and planted names are."""
    for record in idia_text_only.records:
        assert record.document["status"] == "ok", record.document.get("invalid_because")


def test_false_positives_by_kind(idia_text_only: "TextOnlyAudit") -> None:
    """Of fresh texts of the reference's own kind, no more are taken for members than its detectors were fitted for."""
    for record in idia_text_only.records:
        text_only = record.document["text_only"]
        kind = {"gibberish": "gibberish", "names": "fictitious"}.get(text_only["reference"]["kind"])
        for each in text_only["by_kind"]:
            if each["kind"] == kind:
                expected = text_only["contamination"]
                # Detectors vote alike, so the majority's share is that of each of them at most, but for chance.
                assert each["fpr"]["low"] <= 2 * expected
