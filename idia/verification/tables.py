"""Whether the tables in a results folder are those that its records render to, and figures are as they were drawn."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

from idia.verification.mismatches import Mismatch

_STAMP = "rendered.json"  # beside every figure: the hashes of its files
_MOST_LETTERS, _MOST_BEFORE = 80, 20


def table_mismatches(results: Path, expected: Mapping[str, str]) -> Iterator[Mismatch]:
    """Yields where the tables are not as they are rendered from the records: the first line of each that differs.

    Args:
        results: The results folder.
        expected: What each of the files there must hold.
    """
    for file, text in expected.items():
        try:
            found = (results / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = "it is missing" if isinstance(error, FileNotFoundError) else f"it cannot be read: {error}"
            yield Mismatch(file, "", f"{reason}. Render it from the records: idia report {results}")
            continue
        differing = [
            (number, one, other)
            for number, (one, other) in enumerate(zip_longest(text.splitlines(), found.splitlines()), 1)
            if one != other
        ]
        if differing:
            number, one, other = differing[0]
            more = f" ({len(differing)} lines differ)" if len(differing) > 1 else ""
            yield Mismatch(
                file,
                f"line {number}",
                f"expected {_shown(one, other)}, found {_shown(other, one)}{more}. Tables are rendered from "
                f"records, never edited: idia report {results}",
            )


def figure_mismatches(results: Path) -> Iterator[Mismatch]:
    """Yields which files of figures, and the numbers beside them, are not as they were drawn.

    What they were drawn from is not checked: drawing takes longer than anything else.

    Args:
        results: The results folder.
    """
    for stamp in sorted((results / "figures").rglob(_STAMP)):
        drawn = _drawn(stamp)
        for path in sorted({*stamp.parent.glob("*.csv"), *(stamp.parent / name for name in drawn)}):
            try:
                found = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError:
                found = ""
            if found != drawn.get(path.name):
                file = path.relative_to(results).as_posix()
                yield Mismatch(file, "", f"it is not as it was drawn. Draw it from the records: idia report {results}")


def _drawn(stamp: Path) -> Mapping[str, str]:
    """The hashes of what was drawn, by the names of the files; nothing where that cannot be read."""
    try:
        files = json.loads(stamp.read_bytes())["files"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return files if isinstance(files, dict) and all(Path(name).name == name for name in files) else {}


def _shown(line: str | None, other: str | None) -> str:
    """A line, or where it is long the part that differs."""
    if line is None:
        return "nothing"
    same = next((at for at, (one, two) in enumerate(zip(line, other or "", strict=False)) if one != two), 0)
    start = max(0, same - _MOST_BEFORE)
    end = start + _MOST_LETTERS
    return repr(("…" if start else "") + line[start:end] + ("…" if end < len(line) else ""))
