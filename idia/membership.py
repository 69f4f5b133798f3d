"""Ground truth: how many image–text pairs of each person one training set holds."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, final, get_args

import numpy as np
from jaxtyping import Int64

from idia.errors import DatasetError, SettingError, UnknownPersonError
from idia.names import canonical_name, name_key
from idia.people import Person
from idia.textfiles import Row, column_index, missing_column, read_bytes, read_recipe, read_rows

HowKnown = Literal["injected", "caption-search", "declared"]

# Spreadsheets and pandas write whole numbers as 3.0; signs, separators and exponents are no counts.
_WHOLE_NUMBER = re.compile(r"([0-9]{1,18})(?:\.0*)?", re.ASCII)
_MAX_COUNT = 10**18 - 1
_SHOWN = 5

# Columns that number the rows, as pandas writes them, and such as repeat in other words who is a member.
_NO_METADATA = {"", "index", "unnamed: 0", "bin", "label", "member", "membership", "is_member", "role", "split"}


@final
@dataclass(frozen=True, slots=True)
class Membership:
    """How many image–text pairs of each person one training set holds; 0 is a non-member.

    Attributes:
        training_set: Whose ground truth this is.
        how_known: ``injected`` (we trained the model), ``caption-search`` (names searched for in the captions) or
            ``declared`` (the user says so).
        counts: Image–text pairs by name; somebody absent is an error, never 0.
        groups: The group of those people who have one. What was done with members, such as having a model forget some
            of them, is a group of members alone: one of non-members would give away who they are.
        metadata: What else is known of people before anybody trains on them: by column, a text for each name.

    Raises:
        DatasetError: There are no counts, a name is blank or comes twice, a count is not a whole number from 0, or
            somebody has metadata but no count.
        SettingError: ``how_known`` is none of the three.
    """

    training_set: str
    how_known: HowKnown
    counts: Mapping[str, int]
    groups: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    _by_key: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.how_known not in get_args(HowKnown):
            raise SettingError(f"how_known must be one of {', '.join(get_args(HowKnown))}, got {self.how_known!r}.")
        if not self.counts:
            raise DatasetError("there are no membership counts; give one per person, 0 for a non-member.")
        by_key: dict[str, int] = {}
        spelled: dict[str, str] = {}
        for name, count in self.counts.items():
            key = name_key(name)
            if not key:
                raise DatasetError(f"a name in the membership counts is blank ({name!r}).")
            if key in by_key:
                raise DatasetError(f"{_same_name(spelled[key], name)}.")
            if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 0 <= count <= _MAX_COUNT:
                raise DatasetError(f"the count of {name!r} must be a whole number from 0, got {count!r}.")
            by_key[key], spelled[key] = int(count), name
        object.__setattr__(self, "counts", {name: int(count) for name, count in self.counts.items()})
        object.__setattr__(self, "groups", dict(self.groups))
        object.__setattr__(self, "metadata", {column: dict(cells) for column, cells in self.metadata.items()})
        for column, cells in self.metadata.items():
            strangers = [name for name in cells if name_key(name) not in by_key]
            if strangers:
                raise DatasetError(f"{strangers[0]!r} has metadata ({column!r}) but no count. Give both or neither.")
        object.__setattr__(self, "_by_key", by_key)

    @classmethod
    def from_csv(cls, path: str | Path) -> "Membership":
        """The counts of a table ``name,occurrences[,group]``, or of a published one with ``name,count``.

        UTF-8; headers in any case; underscores in names are spaces. A count is written in digits; ``3.0`` counts as
        3. Other columns are metadata, except those that number the rows (no header, ``index``) or say in other words
        who is a member (``membership``, ``member``, ``is_member``, ``label``, ``role``, ``split``, ``bin``).
        ``how_known`` is ``injected`` where a ``recipe.json`` beside the
        table records this very file (then the training set is the recipe's), ``caption-search`` where the
        column is called ``count``, else ``declared``; the training set is called after the file.

        Raises:
            DatasetError: The file cannot be read or lacks a column; a name is empty or comes twice, in whatever
                case or Unicode form; a count is empty, negative, fractional or no number. File and line are named.
        """
        path = Path(path)
        rows = read_rows(path)
        header = rows[0]
        name_column = column_index(header, ("name",), path)
        count_column = column_index(header, ("occurrences", "count"), path)
        group_column = column_index(header, ("group",), path)
        if name_column is None or count_column is None:
            raise missing_column(header, "'name'" if name_column is None else "'occurrences'", path)
        known = {name_column, count_column, group_column}
        others = [at for at, field in enumerate(header.fields) if not (at in known or field.casefold() in _NO_METADATA)]
        counts: dict[str, int] = {}
        groups: dict[str, str] = {}
        cells: dict[int, dict[str, str]] = {at: {} for at in others}
        seen: dict[str, tuple[str, int]] = {}
        for row in rows[1:]:
            written = row.fields[name_column]
            name = canonical_name(written)
            if not name:
                raise DatasetError(f"{_where(path, row)}: the name is empty. Write one or remove the row.")
            if name_key(name) in seen:
                other, line = seen[name_key(name)]
                raise DatasetError(f"{_where(path, row)}: {_same_name(other, written)} (line {line}). Keep one.")
            seen[name_key(name)] = written, row.line
            counts[name] = _count(row, count_column, name, path)
            if group_column is not None and row.fields[group_column]:
                groups[name] = row.fields[group_column]
            for at in others:
                cells[at][name] = row.fields[at]
        if not counts:
            raise DatasetError(f"{str(path)!r} has a header but no rows; expected one per person.")
        how_known: HowKnown = "caption-search" if header.fields[count_column].casefold() == "count" else "declared"
        training_set = path.stem
        recipe = read_recipe(path.absolute().parent)
        if recipe.get("identities_sha256") == hashlib.sha256(read_bytes(path)).hexdigest():
            how_known = "injected"
            named = recipe.get("training_set")
            training_set = named if isinstance(named, str) and named.strip() else training_set
        metadata = {header.fields[at]: cells[at] for at in reversed(others)}  # of columns with one header, the first
        return cls(training_set, how_known, counts, groups, metadata)

    def of(self, people: Sequence[Person]) -> Int64[np.ndarray, " people"]:
        """The counts of ``people``, in their order, whatever the case and Unicode form of their names.

        Raises:
            UnknownPersonError: Somebody has no count.
        """
        keys = [name_key(person.name) for person in people]
        absent = [person.name for person, key in zip(people, keys, strict=True) if key not in self._by_key]
        if absent:
            more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
            verb = "has" if len(absent) == 1 else "have"
            raise UnknownPersonError(
                f"{', '.join(map(repr, absent[:_SHOWN]))}{more} {verb} no occurrence count for {self.training_set}. "
                "Write 0 for a non-member; absent does not mean 0."
            )
        return np.array([self._by_key[key] for key in keys], dtype=np.int64)

    def columns_of(self, people: Sequence[Person]) -> dict[str, tuple[str, ...]]:
        """The metadata of ``people``, and their ``group`` if anybody has one: a cell for each of them, in their order.

        Where nothing is known of somebody, the cell is blank.
        """
        keys = [name_key(person.name) for person in people]
        columns = dict(self.metadata) | ({"group": self.groups} if self.groups else {})
        by_key = {column: {name_key(name): cell for name, cell in cells.items()} for column, cells in columns.items()}
        return {column: tuple(cells.get(key, "") for key in keys) for column, cells in by_key.items()}

    @property
    def sha256(self) -> str:
        """Fingerprint of the ground truth: names and counts, whatever the order of the rows.

        Groups and metadata are no part of it: they say how members are reported, and not who is one.
        """
        # Its third column is empty, as it always was of tables without groups.
        table = sorted((canonical_name(name), count, "") for name, count in self.counts.items())
        return hashlib.sha256(json.dumps(table).encode()).hexdigest()


def _count(row: Row, column: int, name: str, path: Path) -> int:
    text = row.fields[column]
    match = _WHOLE_NUMBER.fullmatch(text)
    if match:
        return int(match[1])
    came = repr(text) if text else "nothing"
    hint = "" if text else " Write 0 for a non-member."
    raise DatasetError(
        f"{_where(path, row)}: the count of {name!r} must be a whole number from 0, in digits, got {came}.{hint}"
    )


def _where(path: Path, row: Row) -> str:
    return f"{str(path)!r}, line {row.line}"


def _same_name(first: str, second: str) -> str:
    if first == second:
        return f"{first!r} comes twice"
    # ascii() tells two Unicode forms apart that look the same.
    return f"{first!a} and {second!a} are one name (case, underscores and Unicode form do not count)"
