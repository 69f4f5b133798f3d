"""Which gates a run has: the limits on the command line, in the project's file and on tests, model by model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import pytest

from idia.benchmark_session.rules import Rules
from idia.errors import SettingError
from idia.models.specs import local_path, parse_spec, public_spec
from idia.textfiles import read_recipe

if TYPE_CHECKING:
    from idia.gates import Limit
    from idia.plan import Plan, Target


@final
@dataclass(frozen=True, slots=True)
class Gate:
    """One limit of one model, and where it was written.

    Attributes:
        target: The model.
        label: What it is called among the tests.
        limit: What is allowed.
        source: Where it was written, as the first part of the test's id.
        path: The file to look into.
        line: The line there, from 1; None where there is none.
        overlooked: Names in the file of gates that are no model's before it is loaded.
    """

    target: "Target"
    label: str
    limit: "Limit"
    source: str
    path: Path
    line: int | None = None
    overlooked: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the gate is called."""
        return f"{self.label}[{str(self.limit).replace(' ', '')}]"

    def called_otherwise(self, name: str) -> str:
        """Returns what to change where limits were meant for this model and not taken for its own; or nothing.

        Args:
            name: What the model calls itself, now that it is loaded.
        """
        if name not in self.overlooked:
            return ""
        return (
            f'[models."{name}"] speaks of this model, which is known by that name only once it is loaded; write '
            f'[models."{public_spec(self.target.spec)}"]'
        )


def planned(
    plan: "Plan", rules: Rules, marked: Sequence[tuple[pytest.Item, Sequence["Limit"]]], root: Path
) -> tuple[list[Gate], list[str]]:
    """Returns the gates of a run, in the order of its models, and the tables of limits that belong to none of them.

    Controls have none: they are not what is guarded.

    Args:
        plan: The models.
        rules: Limits of every model, and of the file of gates.
        marked: Tests with limits of their own.
        root: What ids are relative to.

    Raises:
        SettingError: Two tables of limits are about the same model.
    """
    guarded = [(target, label) for target, label in _labelled(plan) if target.control is None]
    tables = [gates.model for gates in rules.committed if gates.model is not None]
    names = {target: _names(target) for target, _ in guarded}
    overlooked = tuple(table for table in tables if not any(table in each for each in names.values()))
    gates: dict[tuple[str, str], Gate] = {}
    for target, label in guarded:
        own = next(iter(_only_table(tables, names[target], rules)), label)
        for gate in [
            *_asked(target, label, rules, root),
            *_committed(target, label, rules, own, overlooked, root),
            *_from_marks(target, label, marked),
        ]:
            gates.setdefault((gate.source, gate.name), gate)
    return list(gates.values()), list(overlooked)


def _labelled(plan: "Plan") -> "Iterator[tuple[Target, str]]":
    from idia.plan import labels

    return zip(plan.targets, labels(plan.targets), strict=True)


def _asked(target: "Target", label: str, rules: Rules, root: Path) -> Iterator[Gate]:
    for limit in rules.relative:
        yield Gate(target, label, limit, "--idia-fail", root)


def _committed(
    target: "Target", label: str, rules: Rules, name: str, overlooked: tuple[str, ...], root: Path
) -> Iterator[Gate]:
    if not rules.committed:
        return
    from idia.gates import gates_for

    for row in gates_for(rules.committed, name):
        source = row.path.relative_to(root).as_posix() if row.path.is_relative_to(root) else row.path.name
        yield Gate(target, label, row.limit, source, row.path, row.line, overlooked)


def _from_marks(
    target: "Target", label: str, marked: Sequence[tuple[pytest.Item, Sequence["Limit"]]]
) -> Iterator[Gate]:
    for item, limits in marked:
        callspec = getattr(item, "callspec", None)
        params: Mapping[str, object] = {} if callspec is None else callspec.params
        if params.get("idia_target") == target:
            path, line, _ = item.reportinfo()
            for limit in limits:
                source = item.nodeid.partition("[")[0]
                yield Gate(target, label, limit, source, Path(path), None if line is None else line + 1)


def _only_table(tables: Sequence[str], names: set[str], rules: Rules) -> list[str]:
    """The table of limits about a model; of two, the limits of one would be overlooked."""
    own = [table for table in tables if table in names]
    if len(own) > 1:
        path = next(row.path for gates in rules.committed for row in gates.rows)
        both = " and ".join(f'[models."{table}"]' for table in own)
        raise SettingError(f"{path}: {both} are about the same model. Write all its limits into one table.")
    return own


def _names(target: "Target") -> set[str]:
    """What a model is called in a file of gates: its specification, or its name as far as that is known by now."""
    spec = parse_spec(target.spec)
    names = {target.spec, public_spec(target.spec)}
    if spec.kind == "local-dir":
        folder = local_path(spec.target)
        names.add(public_spec(target.spec).removeprefix("local-dir:"))
        recipes = [read_recipe(place) for place in (folder, folder.parent)]
        names |= {str(recipe["name"]) for recipe in recipes if recipe.get("name")}
    return names
