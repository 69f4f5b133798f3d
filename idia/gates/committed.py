"""Limits that are committed beside the code: `idia-gates.toml`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from idia.gates.limits import Limit

GATES_FILE = "idia-gates.toml"
"""Where limits are looked for in a project, unless a file is named."""


@dataclass(frozen=True, slots=True)
class GateRow:
    """A limit, and where it is written.

    Attributes:
        limit: What is allowed.
        path: The file.
        line: Its line, from 1.
    """

    limit: Limit
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class ModelGates:
    """The limits of one table.

    Attributes:
        model: The model's name; None for those of every model.
        rows: Its limits, in the order of the file.
        line: Where the table begins, from 1.
    """

    model: str | None
    rows: tuple[GateRow, ...]
    line: int


def read_gates(path: Path) -> tuple[ModelGates, ...]:
    """Returns the limits in a file such as `idia-gates.toml`.

    It has a table `[defaults]` for every model and tables `[models."NAME"]`, either with absolute limits, as
    `tpr_max = 0.1`, and with rules against a baseline, as `fail = ["tpr:+0.05"]`.

    Raises:
        SettingError: The file cannot be read, holds no limit, or something in it is no limit: file and line are named.
    """
    raise NotImplementedError


def gates_for(gates: Sequence[ModelGates], model: str) -> tuple[GateRow, ...]:
    """Returns the limits of a model: its own, and those of every model that it has none of its own for."""
    raise NotImplementedError
