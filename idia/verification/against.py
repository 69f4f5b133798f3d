"""No row is removed or replaced in silence: a results folder beside what it was before."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from idia.records import Document, StoredRecord, StoredUtility
from idia.records.schema import fingerprint
from idia.verification.mismatches import Mismatch
from idia.verification.reading import contents_of

HOW_TO_WITHDRAW = (
    "A record is withdrawn by setting its status to invalid and saying why in invalid_because; the rest of it stays"
)


def removed_or_changed(results: Path, base: Path) -> tuple[int, tuple[Mismatch, ...]]:
    """Returns how many records there were before, and which of them are gone or say something else now.

    Who computed a record, and where, may change. A record may be withdrawn: it then has the status `invalid`, says why
    in `invalid_because`, and is otherwise what it was.

    Args:
        results: The results folder as it is to be.
        base: The results folder as it was.
    """
    before, after = contents_of(base), contents_of(results)
    unreadable = tuple(Mismatch(each.file, each.where, f"in {base}: {each.problem}") for each in before.damaged)
    old = _by_place(base, (*before.records, *before.utilities))
    new = _by_place(results, (*after.records, *after.utilities))
    return len(old), (*unreadable, *_differences(old, new, {each.file for each in after.damaged}))


def _by_place(folder: Path, stored: tuple[StoredRecord | StoredUtility, ...]) -> dict[str, Document]:
    return {each.path.relative_to(folder).as_posix(): each.document for each in stored}


def _differences(old: Mapping[str, Document], new: Mapping[str, Document], damaged: set[str]) -> Iterator[Mismatch]:
    for place, document in old.items():
        if place in damaged or ("utility" in damaged and place.startswith("utility/")):
            continue  # said where the folder itself is verified
        if place not in new:
            yield Mismatch(place, "", f"was removed. {HOW_TO_WITHDRAW}, so that readers learn of it.")
        elif fingerprint(new[place]) != fingerprint(document) and not _is_withdrawn(document, new[place]):
            yield Mismatch(
                place,
                "",
                f"was replaced by one that says something else. {HOW_TO_WITHDRAW}; another measurement is a record of "
                "its own, with another protocol.",
            )


def _is_withdrawn(old: Document, new: Document) -> bool:
    if new.get("status") != "invalid" or not new.get("invalid_because"):
        return False
    stays = {"status": "invalid", "invalid_because": ""}
    return fingerprint({**old, **stays}) == fingerprint({**new, **stays})
