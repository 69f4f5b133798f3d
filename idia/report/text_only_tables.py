"""The tables on attacks by name alone: their false positives, the paper's measures, and what a photo buys."""

from collections.abc import Sequence

from idia.records import Document, StoredRecord
from idia.report.attacks import attack_words, model_and_people
from idia.report.markdown_tables import escaped, model_words, table
from idia.report.photo_price import photo_prices
from idia.report.text_only import (
    KINDS,
    attack_and_mode,
    is_text_only,
    kind_words,
    mistaken,
    mode_and_size,
    reference_words,
)
from idia.report.wording import attack_order, interval, photos_words

_NOTHING = "–"
_FREE = {"low-rank": "pictures of few free parameters", "pixels": "the pixels of pictures"}


def text_only_section(records: Sequence[StoredRecord]) -> list[str]:
    """Returns the part of the board on attacks by name alone; nothing where there are none.

    Args:
        records: Of all attacks on models whose numbers stand.
    """
    voted = sorted((each for each in records if is_text_only(each.document)), key=_order)
    if not voted:
        return []
    groups: dict[str, list[StoredRecord]] = {}
    for record in records:
        groups.setdefault(model_and_people(record), []).append(record)
    parts = [
        "## From the name alone\n",
        "### What does a photo buy?\n",
        "The same people and model, attacked with photos of them and without. Access is what an attack needs of the "
        "model: *label*, which of many names fits a photo best; *score*, how well each fits; *gradient*, the whole "
        "model. CPU seconds are of the machine that the record was made on.\n",
    ]
    for group in sorted(groups.values(), key=lambda each: _order(each[0])):
        if any(is_text_only(each.document) for each in group):
            people = escaped(group[0].document["people"]["id"])
            parts += [f"{model_words(group[0])}, {people}:\n", photo_prices(sorted(group, key=_order))]
    parts += [
        "### False positives by kind of never-trained text\n",
        "Whom the majority vote calls members though nobody of that name was trained on. The worst kind of a row is in "
        "bold: votes that tell members apart leave all of them low.\n",
        kinds_table(voted),
        "### In the paper's form\n",
        "The majority vote on the attacked people. Precision and accuracy depend on how many of them are "
        "members: elsewhere they are others at the same recall and FPR.\n",
        paper_table(voted),
    ]
    defects = defects_lines(voted)
    return [*parts, *([defects] if defects else [])]


def kinds_table(records: Sequence[StoredRecord]) -> str:
    """Returns a table of how many of each kind of never-trained text the votes call members, the worst in bold."""
    told = [mistaken(record.document) for record in records]
    kinds = list(dict.fromkeys(kind for kind in [*told[0], *KINDS, *(each for row in told for each in row)]))
    kinds = [kind for kind in kinds if any(kind in row for row in told)]
    sizes = {kind: {row[kind]["n"] for row in told if kind in row} for kind in kinds}
    body = []
    for record, row in zip(records, told, strict=True):
        rates = [each["fpr"]["value"] or 0.0 for each in row.values()]
        worst = max(rates) if len(rates) > 1 else 0.0  # alone, a kind is not the worst
        cells = [_rate(row.get(kind), worst, with_n=len(sizes[kind]) > 1) for kind in kinds]
        body.append([*_asked(record), *cells])
    header = [kind_words(kind) + (f" (n = {min(sizes[kind]):,})" if len(sizes[kind]) == 1 else "") for kind in kinds]
    return table([*_ASKED, *header], body)


def paper_table(records: Sequence[StoredRecord]) -> str:
    """Returns a table of precision, recall and accuracy of the majority votes, as the paper reports them."""
    body = []
    for record in records:
        told = record.document["text_only"]
        vote = told["vote"]
        n = f"{vote['members']['n']:,} / {vote['non_members']['n']:,}"
        rates = (interval(vote[rate]) for rate in ("precision", "recall", "accuracy", "fpr"))
        body.append([*_asked(record), f"{told['needed']} of {len(told['detectors'])}", n, *rates])
    return table([*_ASKED, "Votes needed", "n", "Precision", "Recall", "Accuracy", "FPR"], body)


def defects_lines(records: Sequence[StoredRecord]) -> str:
    """Returns which defects of the authors' release each record repeats, by their ids."""
    return "".join(
        f"* {model_words(record)}, {escaped(attack_words(record, records))}: the authors' release with its defects, "
        f"{', '.join(f'`{escaped(each)}`' for each in defects)}.\n"
        for record in records
        if (defects := record.document["text_only"]["defects"])
    )


def how_attacked(document: Document) -> str:
    """Returns in sentences how people were attacked by name alone."""
    protocol, told = document["protocol"], document["text_only"]
    asked, reference = protocol["text_only"], told["reference"]
    photos = "no photos"
    if asked["photos"] is not None:
        sizes = " or ".join(photos_words(size) for size in protocol["sizes"])
        photos = f"{sizes} per person, which stay local and are compared by `{escaped(asked['photos'])}`"
    share = f"{100 * (1 - told['contamination']):g} %"
    fitted_on = f"{reference['n']:,} reference texts ({escaped(reference['kind'])}, `{reference['sha256'][:8]}`)"
    if not asked["steps"]:
        return (
            f"Attacked by the name in {protocol['n_prompts']} prompts, with {photos} of them, against "
            f"{escaped(asked['starts'])}. Whoever lies nearer than {share} of {fitted_on} is called a member."
        )
    picture = _FREE.get(asked["image"], escaped(asked["image"]))
    return (
        f"Attacked by the bare name, with {photos}. Mode {escaped(asked['mode'])}: {picture} are led towards the name, "
        f"{asked['restarts']:,} restarts × {asked['steps']:,} steps ({escaped(asked['optimiser'])}, learning rate "
        f"{asked['learning_rate']:g}; starts: {escaped(asked['starts'])}). {len(told['detectors'])} detectors, "
        f"fitted on {fitted_on}; {told['needed']} of them call a member."
    )


_ASKED = ("Model", "Attack", "Fitted on", "Mode")


def _asked(record: StoredRecord) -> list[str]:
    document = record.document
    return [
        model_words(record),
        escaped(document["attack"]),
        reference_words(document),
        escaped(mode_and_size(document)),
    ]


def _rate(told: Document | None, worst: float, *, with_n: bool) -> str:
    if told is None:
        return _NOTHING
    words = interval(told["fpr"])
    words = f"**{words}**" if worst > 0 and told["fpr"]["value"] == worst else words
    return f"{words} (n = {told['n']:,})" if with_n else words


def _order(record: StoredRecord) -> tuple[str, str, str, tuple[int, str], str, str]:
    document = record.document
    model, people = document["model"], document["people"]
    attack = attack_order(document["attack"])
    return people["id"], model["name"], model["weights_sha256"], attack, attack_and_mode(document), str(record.path)
