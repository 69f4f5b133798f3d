"""`TextPopulation`: texts that nobody was trained on; and the user's own, on which detectors are fitted."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

from idia.errors import DatasetError, SettingError
from idia.names import canonical_name, name_key
from idia.settings import FEWEST_REFERENCES, Settings, reference_file
from idia.textfiles import column_index, read_rows, read_text

ReferenceKind = Literal["gibberish", "names"]


@final
@dataclass(frozen=True, slots=True)
class TextPopulation:
    """Texts of one kind.

    Attributes:
        kind: Such as `gibberish` or `names` of a reference.
        texts: The texts, no two of them the same; possibly none.
        source: Where they are from, for the record.
    """

    kind: str
    texts: tuple[str, ...]
    source: str

    @property
    def sha256(self) -> str:
        """Fingerprint of the texts in their order, as of a `NamePool`."""
        return hashlib.sha256(json.dumps(list(self.texts)).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self.texts)


def own_reference(settings: Settings, tested: Sequence[str]) -> TextPopulation | None:
    """Returns the user's own reference population, if `--idia-text-reference` names one.

    Raises:
        DatasetError: It cannot be used, or a person under attack is in it.
        SettingError: It has too few texts.
    """
    file = reference_file(settings)
    if file is None:
        return None
    own = reference_from_csv(file)
    people = set(map(name_key, tested))
    for number, text in enumerate(own.texts, 1):
        if name_key(text) in people:
            raise DatasetError(
                f"text {number} of {str(file)!r} is the name of a person under attack. Detectors are fitted on texts "
                "that were surely never trained on: take it out."
            )
    return own


def reference_from_csv(path: Path) -> TextPopulation:
    """Returns the user's own reference population, in the order of the file.

    Args:
        path: A table with a column `name`, of human names, or `text`, of any texts; or a list of names, one a line.

    Raises:
        DatasetError: The file cannot be read, or a text is empty, comes twice, or is punctuation alone among names.
        SettingError: There are too few texts.
    """
    rows, kind = _read(path)
    first: dict[str, int] = {}
    texts = []
    for line, written in rows:
        text = canonical_name(written) if kind == "names" else written.strip()
        if not text:
            raise DatasetError(f"{str(path)!r}, line {line}: the text is empty. Write one or remove the row.")
        if kind == "names" and not has_letters(text):
            raise DatasetError(
                f"{str(path)!r}, line {line}: expected a name, got punctuation alone. Remove it; or call the column "
                "'text' if these are no names."
            )
        key = name_key(text) if kind == "names" else text
        if key in first:
            raise DatasetError(f"{str(path)!r}, line {line}: this text is in line {first[key]} already. Remove one.")
        first[key] = line
        texts.append(text)
    if len(texts) < FEWEST_REFERENCES:
        raise SettingError(
            f"--idia-text-reference: {str(path)!r} holds {len(texts)} texts, and detectors are fitted on at least "
            f"{FEWEST_REFERENCES}. Add some, or leave the file out."
        )
    return TextPopulation(kind, tuple(texts), path.name)


def has_letters(text: str) -> bool:
    """Returns whether a text has letters or digits of any script, and not punctuation or symbols alone."""
    return any(map(str.isalnum, text))


def _read(path: Path) -> tuple[list[tuple[int, str]], ReferenceKind]:
    """The texts of a file with their lines, and of which kind they are."""
    lines = read_text(path).rstrip().splitlines()
    header = [cell.strip(' "').casefold() for cell in lines[0].split(",")] if lines else []
    if "name" not in header and "text" not in header:
        return list(enumerate(lines, 1)), "names"
    rows = read_rows(path)
    column = column_index(rows[0], ("name", "text"), path)
    assert column is not None
    kind: ReferenceKind = "names" if rows[0].fields[column].casefold() == "name" else "gibberish"
    return [(row.line, row.fields[column]) for row in rows[1:]], kind
