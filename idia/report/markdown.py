"""The leaderboard for readers: headline rows, with intervals, and no rank that the data cannot resolve."""

from collections.abc import Sequence
from itertools import groupby

from idia.records import Document, StoredRecord
from idia.report.comparisons import Comparison, comparisons
from idia.report.markdown_tables import (
    bins_table,
    controls_table,
    counts_table,
    escaped,
    model_words,
    models_table,
    published_table,
    table,
    trend_lines,
)
from idia.report.published import SOURCE
from idia.report.wording import (
    bin_cells,
    headline_cells,
    members_outside_bins,
    overall_cell,
    photos_words,
    protocol_label,
    trend_words,
)

_LEGEND = """\
## How to read this

* **TPR**, true-positive rate: the fraction of members, people whose photos and names were in the training data, whom
  the attack found. High means that the model leaks.
* **FPR**, false-positive rate: the fraction of non-members whom it took for members. A TPR means something only next
  to a low FPR.
* **AUC**: the chance that a random member scores higher than a random non-member; 0.5 is guessing.
* **n**: members / non-members. Intervals in brackets are 95 % intervals **over people**: Clopper-Pearson for rates; for
  the AUC a bootstrap, widened to Newcombe's interval where that reaches further. How much results change with the
  photos that are drawn is another thing: the deviation over draws is in the records and the figures.
* **Occurrences**: how many image–text pairs of a member were in the training data. The trend test asks whether the TPR
  rises from one group of members to the next: one-sided, Cochran-Armitage, exact.
* **Place**: models whose intervals of the TPR overlap cannot be told apart with these people, so they share a range
  of places. Rows are in the order of the interval's lower end; within a range of places the order means nothing.
* Not found is not proof of absence: a person whom this attack misses may still be in the training data.
* Compare rows within one table only. Another table has other people, another membership or another protocol.
"""


def leaderboard_markdown(records: Sequence[StoredRecord], utility: Sequence[str] = ()) -> str:
    """Returns the leaderboard as Markdown; models link to their figures.

    Args:
        records: What leaks.
        utility: The part on what the models are good for.
    """
    measured = [each for each in records if each.document["control"] is None and headline_cells(each.document)]
    scored = [each for each in measured if each.document["status"] in ("ok", "partial")]
    controls = [each for each in records if each.document["control"] is not None]
    others = [each for each in records if each not in scored and each not in controls]
    compared = comparisons(records)
    ladders = [each for each in compared if each.kind == "one-model-per-count"]
    in_ladders = {record.path for ladder in ladders for record in ladder.records}
    alone = [each for each in scored if each.path not in in_ladders]

    parts = [
        "# Identity leakage\n",
        "Given photos and the name of a person, can an attack tell from a model's answers alone that this person was "
        "in its training data? Rendered from the records in `records/`; all numbers are in `leaderboard.csv`.\n",
    ]
    if not scored:
        parts.append("No model has been scored yet.\n")
    for _, group in groupby(sorted(alone, key=_group_key), key=_group_key):
        parts += _section(list(group))
    for ladder in ladders:
        parts += _ladder_section(ladder)
    parts += _together([each for each in compared if each.kind == "models"])
    parts += utility
    parts += _not_scored(others) + _controls(controls) + (_published() if scored else []) + [_LEGEND]
    return "\n".join(parts)


def _group_key(record: StoredRecord) -> tuple[str, ...]:
    people = record.document["people"]
    hashes = people["manifest_sha256"], people["membership_sha256"]
    return people["id"], record.document["attack"], protocol_label(record.document), *hashes


def _section(records: Sequence[StoredRecord]) -> list[str]:
    """One people set under one protocol: a table of models, and one by training occurrences."""
    first = records[0].document
    parts = [f"## {escaped(first['people']['id'])}: `{protocol_label(first)}`\n", _conditions(first)]
    if any(overall_cell(each.document) for each in records):
        parts.append(models_table(records))
    if any(bin_cells(each.document) for each in records):
        outside = members_outside_bins(first)
        note = f" ({outside:,} are in none of these groups)" if outside else ""
        parts += [f"By training occurrences of the members{note}:\n", bins_table(records)]
    trends = trend_lines(records)
    return [*parts, trends] if trends else parts


def _ladder_section(ladder: Comparison) -> list[str]:
    """Models with one count of training occurrences each: other members' roles, but one question."""
    first = ladder.documents[0]
    architecture = escaped(first["model"]["architecture"])
    parts = [
        f"## {escaped(first['people']['id'])}: one model per count, {architecture}\n",
        _conditions(first, of_each=True),
        counts_table(ladder.records),
    ]
    if ladder.trend is not None:
        parts.append(f"{trend_words(ladder.trend, 'verdicts on the same people')}.\n")
    return [*parts, f"Figures: {_figures(ladder)}.\n"]


def _together(groups: Sequence[Comparison]) -> list[str]:
    if not groups:
        return []
    lines = [f"* {escaped(group.documents[0]['people']['id'])}: {_figures(group)}\n" for group in groups]
    return ["## Models in one figure\n", "".join(lines)]


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
    within = f"{escaped(people['training_set'])} (`{people['membership_sha256'][:8]}`)"
    return (
        f"{people['n_people']:,} people (manifest `{people['manifest_sha256'][:8]}`), {spread} photos each"
        f"{f', after {dropped:,} unreadable ones were dropped' if dropped else ''}; membership in "
        f"{'what each model was trained on' if of_each else within}: {known}. "
        f"Attacked with {photos_words(cells[0]['n_photos'])} per person, τ = {protocol['tau']}, "
        f"{protocol['n_names']:,} candidate names, {protocol['n_prompts']} prompts, "
        f"{protocol['draws']} draw{'s' if protocol['draws'] != 1 else ''}.\n"
    )


def _not_scored(records: Sequence[StoredRecord]) -> list[str]:
    if not records:
        return []
    body = [
        [model_words(each), escaped(each.document["people"]["id"]), f"`{protocol_label(each.document)}`"]
        for each in records
    ]
    return [
        "## Not scored\n",
        "Records of runs that failed, or whose numbers mean nothing.\n",
        table(["Model", "People", "Protocol"], body),
    ]


def _controls(records: Sequence[StoredRecord]) -> list[str]:
    if not records:
        return []
    return [
        "## Controls\n",
        "Here is nothing to find: the model never saw these people, or learned nothing, or everybody goes under "
        "another person's name. A TPR clearly above the FPR means that the measurement is wrong.\n",
        controls_table(records),
    ]


def _published() -> list[str]:
    return [
        "## Published, for comparison\n",
        f"{SOURCE}. 30 photos, 21 prompts, 1,000 names, τ = 1. The models are other models and the people other "
        "people: what compares is the course of the numbers, not their size.\n",
        published_table(),
    ]
