"""``idia cache``: what is kept between runs, and how to get rid of it."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from platformdirs import user_cache_path

from idia.cli.errors import clean_errors
from idia.errors import SettingError

if TYPE_CHECKING:
    from idia.models.kept import Kept

_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BYTES |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}

_COUNTED = {"drawn photos": "drawn photo", "scan": "scan"}  # of each kind that is no embeddings, a single one
_SOMETHING_LEFT = 1  # exit code

_folder = click.option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    envvar="IDIA_CACHE_DIR",
    default=lambda: user_cache_path("idia"),
    show_default="the user's cache folder",
    show_envvar=True,
    help="The folder, as given to pytest as --idia-cache-dir.",
)


@click.group()
def cache() -> None:
    """List or remove what is kept between runs: embeddings, drawn photos, and how far scans over names came.

    Nothing is kept in clear: photos and prompts are known by their hashes. But whoever guesses a prompt, or has a
    photo, can check whether it is there. Keep the folder private.
    """


@cache.command("ls")
@_folder
def ls(cache_dir: Path) -> None:
    """List what is kept: which model's embeddings, of what, how many and when they were last used."""
    with clean_errors("Nothing was changed."):
        kept = _kept_in(cache_dir)
        if not kept:
            click.echo(_nothing_in(cache_dir))
            return
        click.echo(_table(kept))
        click.echo(f"\n{_counted(kept)} in {cache_dir}")


@cache.command("prune")
@_folder
@click.option("--older-than", metavar="30d", help="What was not used for so long: hours (h), days (d) or weeks (w).")
@click.option("--max-size", metavar="2GB", help="The least recently used, until no more than this is left.")
@click.option("--model", metavar="NAME", help="What one model left, as listed; alone or with the options above.")
@click.option("--all", "is_all", is_flag=True, help="Everything.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def prune(
    cache_dir: Path, older_than: str | None, max_size: str | None, model: str | None, is_all: bool, dry_run: bool
) -> None:
    """Remove embeddings, drawn photos and scans over names; they are computed again when they are needed.

    What another process is using now stays, and is named: the exit code is then 1. Every file that is not of this cache
    stays, and so do empty files that end in .lock.
    """
    with clean_errors("The same command removes the rest."):
        _check_choice(is_all, older_than=older_than, max_size=max_size, model=model)
        unused_since = None if older_than is None else time.time() - _age(older_than).total_seconds()
        most_bytes = None if max_size is None else _size(max_size)
        kept = _kept_in(cache_dir)
        if not kept:
            click.echo(_nothing_in(cache_dir))
            return
        if model is not None and model not in {each.model for each in kept}:
            raise SettingError(f"nothing of model {model!r} is kept. There is: {', '.join(_models(kept)) or 'none'}.")
        from idia.models.kept import chosen

        found = chosen(kept, model=model, unused_since=unused_since, most_bytes=most_bytes)
        if not _remove(found, cache_dir, dry_run):
            click.get_current_context().exit(_SOMETHING_LEFT)


def _remove(found: Sequence["Kept"], cache_dir: Path, is_dry_run: bool) -> bool:
    """Removes what was found, and returns whether nothing of it is in use."""
    from idia.models.kept import remove

    if not found:
        click.echo(f"Nothing to remove in {cache_dir}.")
        return True
    if is_dry_run:
        click.echo(_table(found))
        click.echo(f"\nWould remove {_counted(found)} in {cache_dir}.")
        return True
    removed = []
    for each in found:
        outcome = remove(each)
        if outcome != "in use":
            removed.append(each)
        if outcome != "removed":
            reason = "is in use, and was left" if outcome == "in use" else "holds files of others, which were left"
            click.echo(f"{each.path} {reason}.", err=True)
    click.echo(f"Removed {_counted(removed)} in {cache_dir}.")
    return len(removed) == len(found)


def _check_choice(is_all: bool, **choice: str | None) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in choice.items() if value is not None]
    if is_all and given:
        raise SettingError(f"--all leaves nothing to choose: drop it, or {' and '.join(given)}.")
    if not is_all and not given:
        raise SettingError(
            "say what to remove: --older-than 30d, --max-size 2GB, --model NAME or --all. Nothing was removed."
        )


def _kept_in(cache_dir: Path) -> tuple["Kept", ...]:
    from idia.models.kept import kept_in  # not for --help

    return kept_in(cache_dir.expanduser())


def _nothing_in(cache_dir: Path) -> str:
    return f"Nothing is kept in {cache_dir}."


def _table(kept: Sequence["Kept"]) -> str:
    from tabulate import tabulate

    rows = [
        (
            each.model or ("" if each.kind in _COUNTED else "unknown"),
            each.kind or "unknown",
            f"{each.n_entries:,}",
            _written_size(each.n_bytes),
            datetime.fromtimestamp(each.used).strftime("%Y-%m-%d %H:%M"),
            each.path.name if each.kind != "scan" else f"{each.path.parent.name}/{each.path.name}",
        )
        for each in kept
    ]
    headers = ("model", "kind", "entries", "size", "last used", "path")
    align = ("left", "left", "right", "right", "left", "left")
    return tabulate(rows, headers, tablefmt="simple", colalign=align, disable_numparse=True)


def _counted(kept: Sequence["Kept"]) -> str:
    n_of = Counter({"embedding": 0} if not kept else {})
    for each in kept:
        n_of[_COUNTED.get(each.kind, "embedding")] += each.n_entries
    words = [word for word in ("embedding", *_COUNTED.values()) if word in n_of]
    parts = [f"{n_of[word]:,} {word}{'s' * (n_of[word] != 1)}" for word in words]
    listed = " and ".join([", ".join(parts[:-1])] * (len(parts) > 1) + parts[-1:])
    return f"{listed} ({_written_size(sum(each.n_bytes for each in kept))})"


def _models(kept: Sequence["Kept"]) -> list[str]:
    return sorted({each.model for each in kept if each.model})


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([hdw])", text.strip().lower())
    if match is None:
        raise SettingError(f"--older-than must be hours, days or weeks, such as 12h, 30d or 8w; got {text!r}.")
    try:
        return timedelta(hours=float(match[1]) * _HOURS[match[2]])
    except OverflowError:
        raise SettingError(f"--older-than {text!r} is before all time.") from None


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?b)", text.strip().lower())
    unit = match[2].upper() if match else ""
    if match is None or unit not in _BYTES:
        raise SettingError(f"--max-size must be a size with its unit, such as 500MB, 2GB or 1.5GiB; got {text!r}.")
    try:
        return int(float(match[1]) * _BYTES[unit])
    except OverflowError:
        raise SettingError(f"--max-size {text!r} is more than any disk holds.") from None


def _written_size(n_bytes: int) -> str:
    for unit in ("TB", "GB", "MB", "KB"):
        if n_bytes >= _BYTES[unit]:
            return f"{n_bytes / _BYTES[unit]:.1f} {unit}"
    return f"{n_bytes} B"
