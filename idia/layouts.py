"""Where in a folder the people are: one folder per person, as LFW, FaceScrub and most users keep them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from idia.errors import DatasetError, SettingError
from idia.listing import is_folder, is_leftover, some, visible
from idia.photos import PHOTO_SUFFIXES, is_photo_file
from idia.spelling import canonical_name

LAYOUTS = ("auto", "folders", "lfw", "facescrub")

_EXPECTED = "Expected one folder per person with the photos in it: First_Last/photo.jpg."
_FACESCRUB_SEXES = ("actors", "actresses")
# Download scripts keep whole photos and face crops apart; the paper attacks with whole photos.
_FACESCRUB_KINDS = ("images", "faces")
# Misspelled in the data set's own lists; captions spell them right.
_FACESCRUB_CORRECTIONS = {
    "Freddy Prinze Jr.": "Freddie Prinze Jr",
    "Leslie Neilsen": "Leslie Nielsen",
    "Robert Di Niro": "Robert De Niro",
    "Tatyana M. Ali": "Tatyana Ali",
}


@dataclass(frozen=True, slots=True)
class PersonFolder:
    """The folder of one person.

    Attributes:
        folder: The folder.
        name: The person's name, as one would write it.
        photos: The photos straight in the folder, by file name; none of them decoded.
    """

    folder: Path
    name: str
    photos: tuple[Path, ...]


def person_folders(root: Path, layout: str = "auto") -> tuple[PersonFolder, ...]:
    """The folders of people in ``root``, one or more, each with photos; names may still come twice.

    Args:
        root: The folder.
        layout: ``folders``, ``lfw``, ``facescrub`` or ``auto``, as `idia.people.load_people` tells.

    Raises:
        DatasetError: The folder does not exist, holds no people, or holds photos where they belong to nobody; or
            somebody has no photos.
        SettingError: ``layout`` is unknown.
    """
    if layout not in LAYOUTS:
        raise SettingError(f"layout must be one of {', '.join(LAYOUTS)}, got {layout!r}.")
    folders = _folders(root)
    corrections: Mapping[str, str] = {}
    if layout == "facescrub" or (layout == "auto" and _is_facescrub(folders)):
        folders, corrections = _facescrub_folders(root, folders), _FACESCRUB_CORRECTIONS
    elif layout != "folders":
        folders = _within_lfw(folders)
    if not folders:
        raise DatasetError(f"{str(root)!r} holds no folders of people. {_EXPECTED}")
    found = tuple(PersonFolder(folder, _name_of(folder, corrections), _photos(folder)) for folder in folders)
    without = [repr(str(person.folder)) for person in found if not person.photos]
    if without:
        raise DatasetError(
            f"no photos in {some(without)}. Add photos ({', '.join(PHOTO_SUFFIXES)}) or remove the folder."
        )
    return found


def _entries(folder: Path) -> list[Path]:
    return visible(folder, "the people", _EXPECTED)


def _is_folder(path: Path) -> bool:
    return is_folder(path, _EXPECTED)


def _folders(root: Path) -> list[Path]:
    """The folders straight in ``root``; photos there belong to nobody."""
    entries = _entries(root)
    stray = [repr(entry.name) for entry in entries if is_photo_file(entry) and not _is_folder(entry)]
    if stray:
        raise DatasetError(f"photos lie straight in {str(root)!r}, in nobody's folder: {some(stray)}. {_EXPECTED}")
    return [entry for entry in entries if _is_folder(entry) and not is_leftover(entry)]


def _is_facescrub(folders: Sequence[Path]) -> bool:
    sexes = [folder for folder in folders if folder.name.casefold() in _FACESCRUB_SEXES]
    return any(_is_folder(entry) for folder in sexes for entry in _entries(folder))


def _facescrub_folders(root: Path, folders: list[Path]) -> list[Path]:
    sexes = [folder for folder in folders if folder.name.casefold() in _FACESCRUB_SEXES]
    if not sexes:
        return folders
    for other in folders:
        if other not in sexes and _holds_photos(other):
            raise DatasetError(f"{str(other)!r} holds photos, but lies beside actors/ and actresses/ in {str(root)!r}.")
    found: list[Path] = []
    for sex in sexes:
        inner = _folders(sex)
        kinds = {folder.name.casefold(): folder for folder in inner}
        kind = next((kinds[kind] for kind in _FACESCRUB_KINDS if kind in kinds), None)
        found += _folders(kind) if kind else inner
    return found


def _within_lfw(folders: list[Path]) -> list[Path]:
    # Archives of LFW hold the folder once or twice: lfw-deepfunneled/lfw-deepfunneled/First_Last.
    while len(folders) == 1 and folders[0].name.casefold().startswith("lfw"):
        if any(map(is_photo_file, _entries(folders[0]))):
            break
        folders = _folders(folders[0])
    return folders


def _photos(folder: Path) -> tuple[Path, ...]:
    entries = _entries(folder)
    for entry in entries:
        if not is_photo_file(entry) and _is_folder(entry) and _holds_photos(entry):
            raise DatasetError(
                f"{str(entry)!r} is a folder of photos within a person's folder. {_EXPECTED} Move the photos up, "
                "or out of the way."
            )
    return tuple(filter(is_photo_file, entries))


def _holds_photos(folder: Path) -> bool:
    if is_leftover(folder):
        return False
    return any(map(is_photo_file, folder.rglob("*")))


def _name_of(folder: Path, corrections: Mapping[str, str]) -> str:
    try:
        folder.name.encode()
    except UnicodeEncodeError:
        raise DatasetError(f"the name of the folder {str(folder)!r} is not valid UTF-8; rename it.") from None
    name = canonical_name(folder.name)
    if not name:
        raise DatasetError(f"the folder {str(folder)!r} names nobody; rename it to First_Last.")
    return corrections.get(name, name)
