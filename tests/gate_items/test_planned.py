"""Which limits of a file are a model's own."""

from pathlib import Path

import pytest

from idia.benchmark_session.rules import Rules
from idia.errors import SettingError
from idia.gate_items.planned import planned
from idia.gates import read_gates
from idia.plan import Plan, Target
from idia.prompts import PAPER_PROMPTS
from idia.settings import resolve


def limits_in(folder: Path, tables: str) -> tuple[list[str], list[str]]:
    """The gates of a model in the folder `mine`, and the tables that are about no model."""
    (folder / "mine").mkdir(exist_ok=True)
    (folder / "gates.toml").write_text(tables)
    settings = resolve({}, {}, {}, working_folder=folder, project_folder=folder)
    plan = Plan(settings, (), PAPER_PROMPTS, (Target(f"local-dir:{folder / 'mine'}"),))
    gates, overlooked = planned(plan, Rules(committed=read_gates(folder / "gates.toml")), [], folder)
    return [str(gate.limit) for gate in gates], overlooked


def test_a_model_has_its_own_limits_and_those_of_every_model_that_it_has_none_of_its_own_for(tmp_path: Path) -> None:
    tables = '[defaults]\ntpr_max = 0.5\nfpr_max = 0.2\n[models."{}"]\ntpr_max = 0.1\n'

    for name in ("mine", "local-dir:mine"):
        assert limits_in(tmp_path, tables.format(name)) == (["tpr_max = 0.1", "fpr_max = 0.2"], [])
    assert limits_in(tmp_path, tables.format("yours")) == (["tpr_max = 0.5", "fpr_max = 0.2"], ["yours"])


def test_two_tables_about_one_model_are_refused(tmp_path: Path) -> None:
    """One of them would be overlooked, and its limits guard nothing."""
    with pytest.raises(SettingError, match=r"gates\.toml: .*mine.* are about the same model"):
        limits_in(tmp_path, '[models."mine"]\ntpr_max = 0.5\n[models."local-dir:mine"]\nfpr_max = 0.1\n')
