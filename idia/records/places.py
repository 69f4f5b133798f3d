"""Where records lie, and whether anything can be written there."""

import hashlib
import os
import re
import secrets
import unicodedata
from pathlib import Path

from idia.errors import RecordError
from idia.records.atomic import LEFTOVER_SUFFIX
from idia.records.schema import Document

UTILITY = "utility"
"""The folder of records of utility."""

TABLES = ("leaderboard.csv", "leaderboard.md", "utility.csv")
"""The files in a results folder that show all records."""


def record_path(results: Path, document: Document) -> Path:
    """Returns where a record belongs: one file per people, attack, model and weights, and protocol.

    What is broken on purpose in a control, and an activation chosen against the checkpoint, share the weights of the
    model itself; they are part of the file's name, so that neither takes the place of the model's own record.
    """
    people, protocol, control = document["people"], document["protocol"], document["control"]
    words = _model_words(document) + ([] if control is None else ["control", control["kind"]])
    stem = f"{_slug(' '.join(words), 96)}-{document['model']['weights_sha256'][:8]}-{protocol['sha256'][:8]}"
    folder = f"{_slug(people['id'], 64)}-{people['manifest_sha256'][:8]}"
    attack: str = document["attack"]
    return results / "records" / folder / attack / f"{stem}.json"


def utility_path(results: Path, document: Document) -> Path:
    """Returns where a record of utility belongs: one file per set of tasks, model and weights."""
    data = document["data"]
    stem = f"{_slug(' '.join(_model_words(document)), 96)}-{document['model']['weights_sha256'][:8]}"
    return results / UTILITY / f"{_slug(data['id'], 64)}-{data['manifest_sha256'][:8]}" / f"{stem}.json"


def _model_words(document: Document) -> list[str]:
    model = document["model"]
    _, _, override = model["spec"].partition("?")
    return [model["name"], *([override] if override and override not in model["name"] else [])]


def _slug(text: str, longest: int) -> str:
    """The text as part of a file name on any system: never empty, no separators, no leading or double dots."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._]+", "-", ascii_only)).strip("-._")
    if len(words) > longest:
        # A hash tells names apart that differ only in what is cut off.
        words = f"{words[: longest - 9].strip('-._')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return words or "unnamed"


def check_writable(results: Path) -> None:
    """Creates the results folder and writes a file there for a moment, so that a long run does not fail at its end.

    Raises:
        RecordError: Nothing can be written there.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
        for folder in (results, results / "records", results / UTILITY, results / "figures"):
            if folder == results or os.path.lexists(folder):
                probe = folder / f".{secrets.token_hex(8)}{LEFTOVER_SUFFIX}"
                probe.touch(exist_ok=False)
                probe.unlink(missing_ok=True)  # another run may tidy up just now
                check_inside(results, folder)
        for name in TABLES:
            if os.path.lexists(results / name) and not (results / name).is_file():
                raise RecordError(f"{results / name} is in the way of the leaderboard: it is not a file. Remove it.")
    except OSError as error:
        raise RecordError(
            f"results cannot be written to {results}: {error.strerror or error} ({error.filename or results}). "
            "Choose another folder, or correct its permissions."
        ) from error


def check_inside(results: Path, folder: Path) -> None:
    """Raises `RecordError` if a folder below the results leads out of them."""
    if not folder.resolve().is_relative_to(results.resolve()):
        raise RecordError(f"{folder} leads out of {results}, and no result may leave it. Remove the link.")
