"""The leaderboard for readers: attack by attack, with intervals, claims, and no rank that the data cannot resolve."""

from collections.abc import Sequence

from idia.records import Document, StoredRecord
from idia.report.board import Board, Ranking
from idia.report.claims import evidence_words
from idia.report.comparisons import Comparison
from idia.report.legend import ABOUT_ATTACKS, LEGEND
from idia.report.markdown_checks import blind_table, checks_table
from idia.report.markdown_tables import (
    bins_table,
    controls_table,
    counts_table,
    escaped,
    groups_table,
    model_words,
    models_table,
    published_table,
    table,
    trend_lines,
)
from idia.report.published import SOURCE
from idia.report.text_only import is_text_only
from idia.report.text_only_tables import how_attacked, text_only_section
from idia.report.wording import (
    attack_order,
    bin_cells,
    has_threshold,
    headline_cells,
    members_outside_bins,
    photos_words,
    protocol_label,
    trend_words,
)


def leaderboard_markdown(board: Board, utility: Sequence[str] = ()) -> str:
    """Returns the leaderboard as Markdown; models link to their figures.

    Args:
        board: What leaks.
        utility: The part on what the models are good for.
    """
    parts = [
        "# Identity leakage\n",
        "Given the name of a person, with photos or without, can an attack tell from a model's answers alone that this "
        "person was in its training data? Rendered from the records in `records/`; all numbers are in "
        "`leaderboard.csv`.\n",
    ]
    if not board.scored:
        parts.append("No model has been scored yet.\n")
    for attack in sorted({each.document["attack"] for each in board.scored}, key=attack_order):
        parts += [f"## Attack: {escaped(attack)}\n"]
        parts += [f"{ABOUT_ATTACKS[attack]}\n"] if attack in ABOUT_ATTACKS else []
        for ranking in board.rankings:
            if ranking.records[0].document["attack"] == attack:
                parts += _section(board, ranking)
        for ladder in board.ladders:
            if ladder.documents[0]["attack"] == attack:
                parts += _ladder_section(board, ladder)
    parts += text_only_section(board.scored) + _together(board)
    parts += utility
    parts += _checks(board) + _invalid(board.invalid) + _not_scored(board.failed) + _controls(board.controls)
    parts += (_published() if board.scored else []) + [LEGEND]
    return "\n".join(parts)


def _section(board: Board, ranking: Ranking) -> list[str]:
    """One people set under one protocol: a table of models, and one by training occurrences."""
    records = ranking.records
    first = records[0].document
    parts = [f"### {escaped(first['people']['id'])}: `{protocol_label(first)}`\n", _conditions(first)]
    parts.append(models_table(ranking, _links(board, records)))
    if len(records) > 1:
        parts.append(_how_ranked(ranking))
    if any(bin_cells(each.document) for each in records):
        outside = members_outside_bins(first)
        note = f" ({outside:,} are in none of these groups)" if outside else ""
        parts += [f"By training occurrences of the members{note}:\n", bins_table(records)]
    return [*parts, *_said_of(records)]


def _ladder_section(board: Board, ladder: Comparison) -> list[str]:
    """Models with one count of training occurrences each: other members' roles, but one question."""
    first = ladder.documents[0]
    architecture = escaped(first["model"]["architecture"])
    parts = [
        f"### {escaped(first['people']['id'])}: one model per count, {architecture}\n",
        _conditions(first, of_each=True),
        counts_table(ladder.records, _links(board, ladder.records)),
    ]
    if ladder.trend is not None:
        parts.append(f"{trend_words(ladder.trend, 'verdicts on the same people')}.\n")
    parts += [f"Figures: {_figures(ladder)}.\n"] if ladder.figures else []
    return [*parts, *_said_of(ladder.records, with_trends=False)]


def _said_of(records: Sequence[StoredRecord], *, with_trends: bool = True) -> list[str]:
    """What there is to say below the tables: groups of members, trends, evidence for single people."""
    parts = []
    if any(each.document.get("groups") for each in records):
        parts += ["By group of the members, as the membership table has them:\n", groups_table(records)]
    trends = trend_lines(records) if with_trends else ""
    found = [
        f"* {model_words(each)}: {evidence_words(evidence)} ({evidence['n_decoys']:,} decoy names).\n"
        for each in records
        if (evidence := each.document.get("evidence")) is not None
    ]
    return [*parts, *([trends] if trends else []), *(["".join(found)] if found else [])]


def _links(board: Board, records: Sequence[StoredRecord]) -> dict[StoredRecord, str]:
    """Where the figures of each record lie: below those of all attacks, where it has none of its own."""
    shared = {
        record.path: each.folder.as_posix() for each in board.attacks for record in (*each.records, *each.undrawn)
    }
    return {each: shared.get(each.path, "") if not has_threshold(each.document) else "" for each in records}


def _how_ranked(ranking: Ranking) -> str:
    if ranking.n_paired == ranking.n_pairs:
        return "Ranks: paired tests of the AUC on the same people.\n"
    if ranking.n_paired == 0:
        return "Ranks: from intervals of the AUC that do not overlap, as the records do not pair people.\n"
    return (
        f"Ranks: paired tests of the AUC on the same people for {ranking.n_paired} of {ranking.n_pairs} pairs of "
        "models; the others from intervals that do not overlap, as their records do not pair people.\n"
    )


def _together(board: Board) -> list[str]:
    parts = []
    if board.attacks:
        lines = []
        for each in board.attacks:
            first = each.records[0]
            people = escaped(first.document["people"]["id"])
            links = ", ".join(f"[{words}](figures/{(each.folder / name).as_posix()})" for name, words in each.figures)
            lines.append(f"* {model_words(first)}, {people}: {links}\n")
        parts += ["## Attacks in one figure\n", "".join(lines)]
    if board.together:
        lines = [f"* {escaped(each.documents[0]['people']['id'])}: {_figures(each)}\n" for each in board.together]
        parts += ["## Models in one figure\n", "".join(lines)]
    return parts


def _figures(comparison: Comparison) -> str:
    return ", ".join(
        f"[{words}](figures/{(comparison.folder / name).as_posix()})" for name, words in comparison.figures
    )


def _conditions(document: Document, *, of_each: bool = False) -> str:
    people, protocol = document["people"], document["protocol"]
    photos = people["photos_per_person"]
    dropped = people["unreadable_dropped"]
    known = {
        "injected": "put there on purpose",
        "caption-search": "found by searching its captions",
        "declared": "declared, not checked",
    }[people["how_known"]]
    cells = headline_cells(document)
    spread = (
        f"{photos['min']:,}"
        if photos["min"] == photos["max"]
        else f"{photos['min']:,} to {photos['max']:,} (median {photos['median']:g})"
    )
    threshold = "" if protocol["tau"] is None else f"τ = {protocol['tau']}, "
    within = f"{escaped(people['training_set'])} (`{people['membership_sha256'][:8]}`)"
    whom = (
        f"{people['n_people']:,} people (manifest `{people['manifest_sha256'][:8]}`), {spread} photos each"
        f"{f', after {dropped:,} unreadable ones were dropped' if dropped else ''}; membership in "
        f"{'what each model was trained on' if of_each else within}: {known}. "
    )
    if is_text_only(document):
        return f"{whom}{how_attacked(document)}\n"
    return (
        f"{whom}Attacked with {photos_words(cells[0]['n_photos'])} per person, {threshold}"
        f"{protocol['n_names']:,} candidate names, {protocol['n_prompts']} prompts, "
        f"{protocol['draws']} draw{'s' if protocol['draws'] != 1 else ''}.\n"
    )


def _invalid(records: Sequence[StoredRecord]) -> list[str]:
    if not records:
        return []
    body = [
        [*_asked(each), escaped(each.document.get("invalid_because") or "the record does not say why")]
        for each in records
    ]
    return [
        "## Invalid\n",
        "Something shows that these numbers mean nothing: they are in `leaderboard.csv`, and ranked nowhere.\n",
        table([*_ASKED, "Because"], body),
    ]


def _not_scored(records: Sequence[StoredRecord]) -> list[str]:
    if not records:
        return []
    return [
        "## Not scored\n",
        "Records of runs that failed.\n",
        table(_ASKED, [_asked(each) for each in records]),
    ]


_ASKED = ("Model", "Attack", "People", "n", "Protocol")


def _asked(record: StoredRecord) -> list[str]:
    document = record.document
    people = document["people"]
    n = f"{people['members']:,} / {people['non_members']:,}"
    return [
        model_words(record),
        escaped(document["attack"]),
        escaped(people["id"]),
        n,
        f"`{protocol_label(document)}`",
    ]


def _checks(board: Board) -> list[str]:
    """Controls and blind guesses that were made in the same run as the attack."""
    records = [*board.scored, *board.invalid]
    checked = [each for each in records if each.document.get("controls")]
    blind = [each for each in records if each.document.get("blind")]
    parts = []
    if checked:
        parts += [
            "## Controls of each run\n",
            "The AUC where the answer is known: everybody under another person's name, random weights and a clean "
            "model must find nobody; planted members must be found. A failed control makes the record invalid.\n",
            checks_table(checked),
        ]
    if blind:
        parts += [
            "## Blind guesses\n",
            "The cross-validated AUC of whoever never asks the model. Far from 0.5, members and non-members differ in "
            "ways that have nothing to do with training.\n",
            blind_table(blind),
        ]
    return parts


def _controls(records: Sequence[StoredRecord]) -> list[str]:
    if not records:
        return []
    return [
        "## Controls\n",
        "Here is nothing to find: the model never saw these people, or learned nothing, or everybody goes under "
        "another person's name. A TPR clearly above the FPR, or an AUC clearly above 0.5, means that the measurement "
        "is wrong.\n",
        controls_table(records),
    ]


def _published() -> list[str]:
    return [
        "## Published, for comparison\n",
        f"{SOURCE}. 30 photos, 21 prompts, 1,000 names, τ = 1. The models are other models and the people other "
        "people: what compares is the course of the numbers, not their size.\n",
        published_table(),
    ]
