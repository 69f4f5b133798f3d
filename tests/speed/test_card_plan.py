from idia.speed.card_plan import TASKS, TUNINGS, card_parameters, plan
from idia.speed.rows import merged


def test_all_sizes_that_count_are_planned() -> None:
    screens = {task.work for task in TASKS if task.stage == "screen"}

    assert {work.dim for work in screens} == {512, 768, 1024}
    assert {work.n_names for work in screens} == {1_000, 10_000, 100_000, 1_000_000}
    assert screens == {task.work for task in TASKS if task.stage == "whole-call"}
    assert all(task.work.n_photos * task.work.n_prompts >= 10**6 for task in TASKS if task.stage == "answers")
    assert sum(work.flop for work in screens) < 2.5e14


def test_whatever_is_planned_has_rows_of_its_own_that_say_that_nobody_measured_it() -> None:
    rows = [row for task in TASKS for row in task.rows]

    assert len({row.key for row in rows}) == len(rows) == 51
    assert not any(row.is_measured for row in rows)
    assert all(row.remark == "not measured: needs a CUDA device" for row in rows)
    assert merged([], rows) == rows


def test_parameters_of_a_test_say_so_and_tiles_are_tried_only_where_asked_for() -> None:
    parameters = card_parameters()
    marks = [parameter.marks[0] for parameter in parameters]  # type: ignore[index]  # a collection, here a tuple

    assert [parameter.id for parameter in parameters[:2]] == ["first-call-1000-names-512", "answers-1000-names-512"]
    assert len({parameter.id for parameter in parameters}) == len(TASKS) + len(TUNINGS)
    assert [mark.kwargs["only_tuning"] for mark in marks] == [False] * len(TASKS) + [True] * 3
    assert marks[0].kwargs["rows"] == TASKS[0].rows


def test_small_plans_are_cut_to_size() -> None:
    tasks = plan([(24, 2, 40)], (128,), 70)

    assert [str(task) for task in tasks] == [
        "first-call-40-names-128",
        "answers-40-names-128",
        "screen-40-names-128",
        "whole-call-40-names-128",
        "memory-70-names-128",
    ]
    assert tasks[0].size == "24 photos × 2 × 40 names, D = 128"
    assert tasks[1].size == "up to 24 photos × 2 × 40 names, D = 128"
