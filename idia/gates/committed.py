"""Limits that are committed beside the code: `idia-gates.toml`."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from idia.errors import SettingError
from idia.gates.limits import Limit
from idia.models.folders import did_you_mean

GATES_FILE = "idia-gates.toml"
"""Where limits are looked for in a project, unless a file is named."""

_DEFAULTS, _MODELS, _FAIL = "defaults", "models", "fail"
_FORM = '[defaults] or [models."NAME"] with rows such as tpr_max = 0.1 and fail = ["tpr:+0.05"]'
_HEADER = re.compile(r"\s*(\[[^\[\]]+\])\s*(#.*)?")
_KEY = re.compile(r"""\s*(?P<key>"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")


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
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise SettingError(f"cannot read the limits in {path}: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} is not TOML: {error}. Expected {_FORM}.") from None
    lines = _Lines(path, text)
    for key in content.keys() - {_DEFAULTS, _MODELS}:
        hint = did_you_mean(key, [_DEFAULTS, _MODELS])
        where = lines.at((key,)) if isinstance(content[key], Mapping) else lines.at((), (key,))
        raise SettingError(f"{where}: {key!r} is no table of limits.{hint} Expected {_FORM}.")
    tables: list[tuple[tuple[str, ...], object]] = []
    if _DEFAULTS in content:
        tables.append(((_DEFAULTS,), content[_DEFAULTS]))
    models = content.get(_MODELS, {})
    if not isinstance(models, Mapping):
        raise SettingError(f"{lines.at((), (_MODELS,))}: models must be tables. Expected {_FORM}.")
    tables += [((_MODELS, name), table) for name, table in models.items()]
    gates = tuple(_gates(table, content, lines) for table, content in tables)
    if not any(each.rows for each in gates):
        raise SettingError(f"{path} holds no limit, and so guards nothing. Expected {_FORM}, or remove the file.")
    return gates


def gates_for(gates: Sequence[ModelGates], model: str) -> tuple[GateRow, ...]:
    """Returns the limits of a model: its own, and those of every model that it has none of its own for."""
    own = [row for each in gates if each.model == model for row in each.rows]
    taken = {(row.limit.subject, row.limit.is_relative) for row in own}
    general = [row for each in gates if each.model is None for row in each.rows]
    return (*own, *(row for row in general if (row.limit.subject, row.limit.is_relative) not in taken))


class _Lines:
    """Where in a file a key is written, which a TOML reader does not say."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._lines = text.splitlines()
        self._tables: dict[tuple[str, ...], int] = {}
        self._keys: dict[tuple[tuple[str, ...], str], int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(self._lines, 1):
            if header := _HEADER.fullmatch(line):
                table = _parts(header[1])
                self._tables.setdefault(table, number)
            elif key := _KEY.match(line):
                self._keys.setdefault((table, key["key"].strip("\"'")), number)

    def line(self, table: tuple[str, ...], key: tuple[str, ...] = (), value: str = "") -> int:
        """The line of a value in a table, of its key, or of the table: the best that is known."""
        start = self._keys.get((table, key[0])) if key else None
        start = start or self._tables.get(table, 1)
        if value:
            for number, line in enumerate(self._lines[start - 1 :], start):
                if value in line:
                    return number
        return start

    def at(self, table: tuple[str, ...], key: tuple[str, ...] = ()) -> str:
        return f"{self.path}, line {self.line(table, key)}"


def _parts(header: str) -> tuple[str, ...]:
    """The keys of a table's header."""
    try:
        content: object = tomllib.loads(header)
    except tomllib.TOMLDecodeError:
        return ()  # a row of a list that looks like one
    parts = []
    while isinstance(content, Mapping) and content:
        key, content = next(iter(content.items()))
        parts.append(str(key))
    return tuple(parts)


def _gates(table: tuple[str, ...], content: object, lines: _Lines) -> ModelGates:
    if not isinstance(content, Mapping):
        raise SettingError(f"{lines.at(table[:1], table[1:])}: {table[-1]!r} must be a table. Expected {_FORM}.")
    rows = tuple(_rows(table, content, lines))
    return ModelGates(table[1] if len(table) > 1 else None, rows, lines.line(table))


def _rows(table: tuple[str, ...], content: Mapping[str, object], lines: _Lines) -> Iterator[GateRow]:
    seen = set()
    for key, value in content.items():
        if key != _FAIL:
            found = [(_limit(key, value, lines.at(table, (key,))), lines.line(table, (key,)))]
        elif isinstance(value, list) and all(isinstance(rule, str) for rule in value):
            at = [lines.line(table, (key,), rule) for rule in value]
            found = [(_limit(rule, None, f"{lines.path}, line {n}"), n) for rule, n in zip(value, at, strict=True)]
        else:
            raise SettingError(f'{lines.at(table, (key,))}: fail must be a list of rules, as fail = ["tpr:+0.05"].')
        for limit, line in found:
            if (limit.subject, limit.is_relative) in seen:
                raise SettingError(f"{lines.path}, line {line}: {limit.subject} is limited twice. Keep one.")
            seen.add((limit.subject, limit.is_relative))
            yield GateRow(limit, lines.path, line)


def _limit(key: str, value: object, where: str) -> Limit:
    try:
        return Limit.parsed(key) if value is None else Limit.absolute(key, value)
    except SettingError as error:
        raise SettingError(f"{where}: {error}") from None
