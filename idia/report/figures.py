"""The figures of a record, and of records that belong together, each with the table it was drawn from."""

from collections.abc import Sequence

from idia.records import Document, StoredRecord
from idia.report.attacks import AttacksOnModel, labels_of
from idia.report.comparisons import Comparison
from idia.report.published import Published, published_at_30_photos, published_by_count
from idia.report.tables import areas_table, cells_table, curves_table, models_table, people_table, published_table
from idia.report.wording import bin_cells, by_photos, has_threshold, overall_cell

FIGURE_FILES = (
    *("confusion.svg", "confusion.png", "attack-samples.svg", "attack-samples.csv", "occurrences.svg"),
    *("occurrences.csv", "heatmap.svg", "heatmap.csv", "people-per-bin.svg", "people-per-bin.csv", "threshold.svg"),
    *("threshold.csv", "published.csv", "utility-beside-leakage.svg", "utility-beside-leakage.csv"),
    *("roc.svg", "roc.csv", "auc.svg", "auc.csv", "text-only.svg", "text-only.csv"),
    # Made by earlier versions, and taken away by this one.
    *("attack-samples.png", "occurrences.png", "threshold.png"),
)
"""Every file that may be drawn from records, or once was."""


def figure_files(document: Document) -> dict[str, bytes]:
    """Returns file names and contents: the same bytes for the same record and version of matplotlib.

    Figures by training occurrences need two bins: with one, everybody is in it. An attack that calls nobody a member
    has none of these: what it has is in `attack_files`.
    """
    overall, bins = overall_cell(document), bin_cells(document)
    if overall is None or not has_threshold(document):
        return {}
    # matplotlib is loaded by drawing, and by nothing before it.
    from idia.report.confusion import confusion_matrix
    from idia.report.curves import attack_samples, occurrences, threshold
    from idia.report.heatmap import heatmap_of_bins
    from idia.report.histogram import people_per_bin
    from idia.report.style import house_style

    by_size = by_photos(document)
    at_30, by_count = published_at_30_photos(document), published_by_count([document])
    with house_style():
        files = confusion_matrix(document, overall) | attack_samples(document, by_size, at_30)
        files["attack-samples.csv"] = cells_table(by_size)
        if len(bins) >= 2:
            by_bin = [by_photos(document, cell["occurrences"]) for cell in bins]
            files |= occurrences(document, bins, overall, by_count) | people_per_bin(document)
            files |= heatmap_of_bins(document, by_bin)
            files["occurrences.csv"], files["people-per-bin.csv"] = cells_table(bins), people_table(document)
            files["heatmap.csv"] = cells_table([cell for cells in by_bin for cell in cells])
        sweep = sorted(document["threshold_sweep"], key=lambda cell: cell["tau"])
        if sweep:
            files |= threshold(document, sweep)
            files["threshold.csv"] = cells_table(sweep)
    shown = [("attack-samples", each) for each in at_30]
    return files | _published(shown + [("occurrences", each) for each in by_count if len(bins) >= 2])


def comparison_files(comparison: Comparison) -> dict[str, bytes]:
    """Returns file names and contents of the figures of several records together, as reproducible as those of one."""
    from idia.report import comparison_figures
    from idia.report.style import house_style

    documents = comparison.documents
    with house_style():
        if comparison.kind == "models":
            files = comparison_figures.models(documents, with_occurrences=comparison.has_common_bins)
            by_bin = [(document, cell) for document in documents for cell in bin_cells(document)]
            published: Sequence[Published] = ()
        else:
            published = published_by_count(documents)
            files = comparison_figures.one_model_per_count(documents, comparison.trend, published)
            by_bin = [(document, bin_cells(document)[0]) for document in documents]
    by_size = [(document, cell) for document in documents for cell in by_photos(document)]
    tables = {"attack-samples.csv": by_size, "occurrences.csv": by_bin}
    if "heatmap.svg" in files:
        tables["heatmap.csv"] = [(each, cell) for each, own in by_bin for cell in by_photos(each, own["occurrences"])]
    files |= {name: models_table(rows) for name, rows in tables.items() if name.replace(".csv", ".svg") in files}
    return files | _published([("occurrences", each) for each in published])


def attack_files(attacks: AttacksOnModel) -> dict[str, bytes]:
    """Returns file names and contents of the figures of all attacks on one model, as reproducible as the others.

    Raises:
        RecordError: The scores cannot be read.
    """
    from idia.report.auc_figure import auc_figure
    from idia.report.style import house_style
    from idia.report.text_only_figure import text_only_figure, text_only_table

    documents, labels = [record.document for record in attacks.records], attacks.labels
    files: dict[str, bytes] = {}
    with house_style():
        if attacks.with_curves:
            files |= _roc(attacks.with_curves, labels_of(attacks.with_curves))
        if attacks.compares_areas:
            files |= auc_figure(documents, labels)
            files["auc.csv"] = areas_table(list(zip(labels, documents, strict=True)))
        if attacks.text_only:
            voted, called = [record.document for record in attacks.text_only], labels_of(attacks.text_only)
            files |= text_only_figure(voted, called)
            files["text-only.csv"] = text_only_table(voted, called)
    return files


def _roc(records: Sequence[StoredRecord], labels: Sequence[str]) -> dict[str, bytes]:
    from idia.report.curve_points import attack_points, blind_points
    from idia.report.roc_figure import roc_figure

    curves = [attack_points(record) for record in records]
    blind = next((found for record in records if (found := blind_points(record)) is not None), None)
    drawn = [*zip(labels, curves, strict=True), *([] if blind is None else [(f"blind guess: {blind.label}", blind)])]
    files = roc_figure([record.document for record in records], labels, curves, blind)
    return files | {"roc.csv": curves_table(drawn)}


def _published(shown: Sequence[tuple[str, Published]]) -> dict[str, bytes]:
    return {"published.csv": published_table(shown)} if shown else {}
