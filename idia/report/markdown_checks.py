"""The tables of what was checked beside an attack: controls, and blind guesses."""

from collections.abc import Sequence

from idia.records import Document, StoredRecord
from idia.report.attacks import attack_words
from idia.report.claims import CONTROL_KINDS, control_words
from idia.report.markdown_tables import escaped, model_words, table
from idia.report.wording import UNKNOWN, interval

_BASELINES = ("name", "image", "metadata", "other-model")


def checks_table(records: Sequence[StoredRecord]) -> str:
    """Returns a table of the areas of every control that was run beside an attack, failed ones marked."""
    body = [
        [
            model_words(each),
            escaped(attack_words(each, records)),
            escaped(each.document["people"]["id"]),
            *(control_words(each.document, kind) for kind in CONTROL_KINDS),
        ]
        for each in records
    ]
    return table(["Model", "Attack", "People", *(kind.replace("-", " ") for kind in CONTROL_KINDS)], body)


def blind_table(records: Sequence[StoredRecord]) -> str:
    """Returns a table of the areas of blind guesses, the best in bold: another model guesses by the same attack."""
    body = []
    others = sorted({name for each in records for name in each.document["blind"]["baselines"]} - set(_BASELINES))
    names = [*_BASELINES, *others]
    for each in records:
        blind = each.document["blind"]
        asked = model_words(each), escaped(attack_words(each, records)), escaped(each.document["people"]["id"])
        body.append([*asked, *(_area(blind, name) for name in names)])
    return table(["Model", "Attack", "People", *(name.replace("-", " ") for name in names)], body)


def _area(blind: Document, name: str) -> str:
    baseline = blind["baselines"].get(name)
    if baseline is None or baseline["auc"] is None:
        return UNKNOWN
    words = interval(baseline["auc"])
    return f"**{words}**" if name == blind["best"] else words
