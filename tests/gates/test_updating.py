"""What takes the place of what in a baseline: nothing stays that could be taken for it, and nothing else goes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from idia.benchmark_session.updating import updated
from idia.gates import Recorded
from idia.records import Record, record_path, utility_path, write_record, write_utility

Make = Callable[..., Record]
MakeUtility = Callable[..., dict[str, Any]]


def weights_in(place: Path) -> list[tuple[str, str]]:
    """The models of a baseline, and the first digits of their weights: of attacks, then of utility."""
    recorded = Recorded.read(place)
    documents = [*(each.document for each in recorded.records), *(each.document for each in recorded.utility)]
    models = [document["model"] for document in documents]
    return [(model["name"], model["weights_sha256"][:4]) for model in models]


def test_outdated_records_of_attacks_and_of_utility_are_replaced_and_others_stay(
    make: Make, make_utility: MakeUtility, tmp_path: Path
) -> None:
    baseline, results = tmp_path / "baseline", tmp_path / "results"
    for model in ("model-a", "model-b"):
        write_record(baseline, make(model=model, weights="old"))
        write_utility(baseline, make_utility(model=model, weights="old"))
    now, utility = make(model="model-a", weights="new"), make_utility(model="model-a", weights="new")
    write_record(results, now)
    write_record(results, make(model="model-b", weights="of an earlier run"))
    write_utility(results, utility)
    written = [record_path(results, now.document), utility_path(results, utility)]
    old, before = make(weights="old"), weights_in(baseline)

    said = updated(baseline, results, written)

    new = utility["model"]["weights_sha256"][:4]
    assert weights_in(baseline) == [(name, new if name == "model-a" else was) for name, was in before]
    assert said.count("Outdated and removed: ") == 2
    assert said.endswith(f"2 records copied to {baseline}")
    assert not list(baseline.rglob(f"{record_path(baseline, old.document).stem}*"))
    # The same once more: nothing is outdated, and the folder of records stands for the results around it.
    assert "Outdated" not in updated(baseline / "records", results, written)
    assert len(weights_in(baseline)) == 4
