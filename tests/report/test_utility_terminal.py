from collections.abc import Callable
from typing import Any

from idia.records import Record
from idia.report import utility_summary

MakeRecord = Callable[..., Record]
MakeUtility = Callable[..., dict[str, Any]]

ANSWERS = {("shape", "top-1"): 0.7, ("shape", "top-5"): 0.9, ("captions", "rank@1"): 1.0}


def test_models_stand_above_what_guessing_gives(make_record: MakeRecord, make_utility: MakeUtility) -> None:
    models = [make_record(model=name).document["model"] for name in ("vit-5", "a-longer-name")]
    documents = [make_utility(model, ANSWERS) for model in models]

    assert (
        utility_summary(documents)
        == """\
a-world        shape top-1     captions rank@1
─────────────  ──────────────  ────────────────
vit-5          .70 [.63, .76]  1.00 [.98, 1.00]
a-longer-name  .70 [.63, .76]  1.00 [.98, 1.00]
─────────────  ──────────────  ────────────────
guessing       .10             .01"""
    )


def test_other_tasks_have_a_table_of_their_own(make_record: MakeRecord, make_utility: MakeUtility) -> None:
    model = make_record().document["model"]
    tables = utility_summary([make_utility(model, ANSWERS, data=data) for data in ("one", "other")]).split("\n\n")

    assert sorted(table.split()[0] for table in tables) == ["one", "other"]


def test_what_has_no_room_is_left_to_the_results(make_record: MakeRecord, make_utility: MakeUtility) -> None:
    model = {**make_record().document["model"], "name": "long" * 30}
    answers = {(f"task number {at} of many", "top-1"): 0.5 for at in range(12)}
    lines = utility_summary([make_utility(model, answers)], colour=True).splitlines()

    assert max(len(line) for line in lines[1:]) <= 118
    assert lines[0].startswith("\x1b[1ma-world")
    assert lines[2].startswith("longlonglonglon…nglong")
    assert "number 11" not in lines[0]
