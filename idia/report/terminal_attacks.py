"""What stands below a model's row in the table at the end of a run: the stronger attacks, and what may be claimed."""

import textwrap
from collections.abc import Sequence

from idia.records import Document
from idia.report.claims import (
    BLIND,
    LEAKS,
    at_fpr,
    best_blind,
    evidence_words,
    percent,
    resolution_words,
    spared_words,
    verdict,
)
from idia.report.text_only import attack_and_mode, is_text_only, vote_words
from idia.report.wording import UNKNOWN, has_threshold, interval, one_line, overall_cell

_RATE = 0.01  # at which attacks are compared
_INDENT, _HANGING = "  ", "    "


def found_words(document: Document) -> str:
    """Returns what an attack without a threshold finds at few false positives and at none."""
    cell = overall_cell(document)
    if cell is None:
        return str(document["status"])
    tpr = at_fpr(cell, _RATE)
    low = interval(tpr) if tpr is not None else f"{UNKNOWN} ({resolution_words(cell)})"
    return short(f"TPR at FPR {percent(_RATE)}: {low}, at no false positive: {spared_words(cell)}")


def vote_lines(document: Document, width: int) -> list[str]:
    """Returns lines on whom the vote of an attack by name alone calls members, and of which kinds of texts how many.

    Args:
        document: A record, of any attack.
        width: In columns.
    """
    if not is_text_only(document):
        return []
    text = short(vote_words(document))
    return textwrap.wrap(text, width, initial_indent=_HANGING, subsequent_indent=f"{_HANGING}  ")


def claims(documents: Sequence[Document], width: int) -> list[str]:
    """Returns lines on the attacks on one model: groups of members, claims and evidence.

    Args:
        documents: One record per attack.
        width: In columns.
    """
    texts = [*_groups(documents), *_verdicts(documents)]
    texts += [evidence_words(each["evidence"]) for each in documents if each.get("evidence")]
    return [line for text in texts for line in wrapped(text, width)]


def spoilt(documents: Sequence[Document], width: int) -> list[str]:
    """Returns lines on what shows that numbers mean nothing, those that are the same of several attacks once."""
    because: dict[str, list[str]] = {}
    for document in documents:
        if document["status"] == "invalid":
            words = one_line(document.get("invalid_because") or "the record does not say why")
            because.setdefault(words, []).append(document["attack"])
    texts = [f"INVALID, {_listed(attacks)}: {words}" for words, attacks in because.items()]
    return [line for text in texts for line in wrapped(text, width)]


def wrapped(text: str, width: int) -> list[str]:
    """Returns a text as lines below a model's row."""
    return textwrap.wrap(text, width, initial_indent=_INDENT, subsequent_indent=_HANGING)


def short(fractions: str) -> str:
    """Returns fractions without their leading zero, to leave room."""
    return fractions.replace("0.", ".")


def _groups(documents: Sequence[Document]) -> list[str]:
    """What is found of members by their group in the membership table, a line per group."""
    told: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for document in documents:
        for cell in document.get("groups") or ():
            group = one_line(cell["group"])
            sizes[group] = cell["members"]
            rates = [f"AUC {interval(cell['auc'])}"]
            if has_threshold(document):
                rates.insert(0, f"TPR {interval(cell['tpr'])}")
            told.setdefault(group, []).append(f"{document['attack']} {', '.join(rates)}")
    return [short(f"{group}, {sizes[group]:,} members: {'; '.join(words)}") for group, words in told.items()]


def _verdicts(documents: Sequence[Document]) -> list[str]:
    by_verdict: dict[str, list[str]] = {}
    attacks = [document["attack"] for document in documents]
    for document in documents:
        said = verdict(document)
        if said is not None and document["status"] != "invalid":
            name = document["attack"] if attacks.count(document["attack"]) == 1 else attack_and_mode(document)
            by_verdict.setdefault(said, []).append(name)
    if not by_verdict:
        return []
    blind = next((found for each in documents if (found := best_blind(each)) is not None), None)
    guess = "" if blind is None else short(f" (best: {blind[0]}, AUC {interval(blind[1])})")
    texts = []
    if LEAKS in by_verdict:
        texts.append(f"more than a blind guess{guess}: {_listed(by_verdict[LEAKS])}")
        guess = ""
    if BLIND in by_verdict:
        texts.append(f"{BLIND}{guess}: {_listed(by_verdict[BLIND])}")
    return ["; ".join(texts)]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
