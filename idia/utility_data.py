"""Tasks from a user's own photos: a folder of labelled classes, and a table of captions."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from idia.errors import DatasetError
from idia.listing import is_folder, is_leftover, some, visible
from idia.photos import PHOTO_SUFFIXES, is_photo_file
from idia.prompts import PromptTemplates
from idia.spelling import canonical_name
from idia.tasks import RetrievalTask, Task, TaskSet, ZeroShotTask
from idia.textfiles import Row, column_index, missing_column, read_rows

CLIP_TEMPLATES = PromptTemplates(
    (
        "a photo of a {}.",
        "a photo of the large {}.",
        "a photo of the small {}.",
        "a bad photo of a {}.",
        "a cropped photo of a {}.",
        "a close-up photo of a {}.",
        "a bright photo of a {}.",
    )
)
"""What is said around the words of a class unless the folder says otherwise: some of CLIP's templates for ImageNet.

Source: Radford et al., "Learning transferable visual models from natural language supervision", ICML 2021; all 80
templates are in the authors' notebook.
"""

CLASSES = "classes.csv"
TEMPLATES = "templates.txt"

_EXPECTED = "Expected one folder per class with its photos in it: polar_bear/photo.jpg."
_FOLDER_COLUMNS = ("folder", "class", "wnid")
_WORDS_COLUMNS = ("words", "name", "label")
_IMAGE_COLUMNS = ("image", "filename", "file", "file_name", "filepath", "path")
_CAPTION_COLUMNS = ("caption", "text", "sentence")


def own_tasks(labels: Path | None, captions: Path | None) -> TaskSet:
    """Returns the tasks of a user's own photos; decodes none of them yet.

    Args:
        labels: A labelled folder, as `labelled_folder` reads it.
        captions: A table of captions, as `captioned_photos` reads it.

    Raises:
        DatasetError: There is neither, or one cannot be used.
        SettingError: A prompt template of the folder cannot be used.
    """
    tasks: list[Task] = []
    if labels is not None:
        tasks.append(labelled_folder(labels))
    if captions is not None:
        tasks.append(captioned_photos(captions))
    if not tasks:
        raise DatasetError("there is nothing to be good at; give a labelled folder or a table of captions.")
    return TaskSet("+".join(dict.fromkeys(task.name for task in tasks)), _called_apart(tasks))


def _called_apart(tasks: Sequence[Task]) -> tuple[Task, ...]:
    names = [task.name for task in tasks]
    if len(set(names)) == len(names):
        return tuple(tasks)
    return tuple(replace(task, name=f"{task.name} {task.kind}") for task in tasks)


def labelled_folder(root: Path) -> ZeroShotTask:
    """Returns the task of sorting the photos of a folder into its subfolders; decodes nothing.

    A class is called after its folder, with underscores as spaces, or in the words that `classes.csv` in the folder
    gives it (columns `folder` and `words`; the first of several words with commas between them counts, as in the lists
    of ImageNet's classes). `templates.txt` in the folder, one template a line, takes the place of `CLIP_TEMPLATES`.

    Args:
        root: The folder.

    Raises:
        DatasetError: The folder does not exist or holds fewer than two classes, a class has no photos or no words, two
            classes have the same words, or photos lie in no class.
        SettingError: A template cannot be used.
    """
    entries = visible(root, "the classes", _EXPECTED)
    stray = [repr(entry.name) for entry in entries if is_photo_file(entry) and not is_folder(entry, _EXPECTED)]
    if stray:
        raise DatasetError(f"photos lie straight in {str(root)!r}, in no class: {some(stray)}. {_EXPECTED}")
    folders = [entry for entry in entries if is_folder(entry, _EXPECTED) and not is_leftover(entry)]
    if len(folders) < 2:
        raise DatasetError(
            f"{str(root)!r} holds {len(folders)} classes; at least 2 are needed to choose from. {_EXPECTED}"
        )
    photos = [_photos_of(folder) for folder in folders]
    without = [repr(folder.name) for folder, own in zip(folders, photos, strict=True) if not own]
    if without:
        suffixes = ", ".join(PHOTO_SUFFIXES)
        raise DatasetError(
            f"no photos in class {some(without)} of {str(root)!r}. Add photos ({suffixes}) or remove the folder."
        )
    table = root / CLASSES
    words = _words_of_table(table, folders) if table in entries else _words_of_folders(folders)
    templates = PromptTemplates.from_file(root / TEMPLATES) if root / TEMPLATES in entries else CLIP_TEMPLATES
    return ZeroShotTask(
        name=_name_of(root),
        classes=tuple(words[folder.name] for folder in folders),
        templates=templates,
        photos=tuple(photo for own in photos for photo in own),
        labels=np.repeat(np.arange(len(folders)), [len(own) for own in photos]),
    )


def _photos_of(folder: Path) -> list[Path]:
    entries = visible(folder, "the class", _EXPECTED)
    deeper = [entry for entry in entries if not is_photo_file(entry) and is_folder(entry, _EXPECTED)]
    for inner in deeper:
        if not is_leftover(inner) and any(map(is_photo_file, inner.rglob("*"))):
            raise DatasetError(f"{str(inner)!r} is a folder of photos within a class. {_EXPECTED} Move the photos up.")
    return [entry for entry in entries if is_photo_file(entry)]


def _words_of_folders(folders: Sequence[Path]) -> Mapping[str, str]:
    words = {}
    by_words: dict[str, str] = {}
    for folder in folders:
        own = canonical_name(_encodable(folder.name, str(folder)))
        if not own:
            raise DatasetError(f"the folder {str(folder)!r} names no class; rename it.")
        if own.casefold() in by_words:
            raise DatasetError(
                f"two folders name one class: {by_words[own.casefold()]!a} and {folder.name!a}. Merge or rename them, "
                f"or give each its own words in {CLASSES}."
            )
        words[folder.name], by_words[own.casefold()] = own, folder.name
    return words


def _words_of_table(path: Path, folders: Sequence[Path]) -> Mapping[str, str]:
    header, *rows = read_rows(path)
    folder_column = _column(header, _FOLDER_COLUMNS, path)
    words_column = _column(header, _WORDS_COLUMNS, path)
    known = {folder.name for folder in folders}
    words: dict[str, str] = {}
    lines: dict[str, int] = {}  # of each folder and of each class's words
    for row in rows:
        name = row.fields[folder_column]
        if name not in known:
            continue  # a list of all classes may serve a folder with some of them
        own = canonical_name(row.fields[words_column].split(",")[0])
        if not own:
            raise DatasetError(f"{_where(path, row)}: class {name!r} has no words. Say what its photos show.")
        for key, what in ((f"/{name}", f"folder {name!r}"), (own.casefold(), f"the words {own!r}")):
            if key in lines:
                raise DatasetError(f"{_where(path, row)}: {what} came before, in line {lines[key]}. Keep one.")
            lines[key] = row.line
        words[name] = own
    without = [repr(folder.name) for folder in folders if folder.name not in words]
    if without:
        raise DatasetError(f"{str(path)!r} has no words for {some(without)}. Add a row for each folder.")
    return words


def captioned_photos(path: Path) -> RetrievalTask:
    """Returns the task of finding the captions of the photos in a table; decodes nothing.

    The table has a column of files (`image`, `filename`, `path` and the like), absolute or relative to the table, and
    one of captions (`caption`, `text` and the like). A photo with several captions has a row for each.

    Args:
        path: The CSV file.

    Raises:
        DatasetError: The table cannot be read or lacks a column, a cell is empty, a file does not exist, or there are
            fewer than two different captions.
    """
    header, *rows = read_rows(path)
    image_column = _column(header, _IMAGE_COLUMNS, path)
    caption_column = _column(header, _CAPTION_COLUMNS, path)
    numbers: dict[Path, int] = {}
    captions: list[str] = []
    owners: list[int] = []
    missing: list[str] = []
    for row in rows:
        image, caption = row.fields[image_column], " ".join(row.fields[caption_column].split())
        for text, what in ((image, "file"), (caption, "caption")):
            if not text:
                raise DatasetError(f"{_where(path, row)}: the {what} is empty. Write one or remove the row.")
        photo = Path(os.path.normpath(path.parent / image))
        if photo not in numbers and not _exists(photo):
            missing.append(f"line {row.line}: {image!r}")
            continue
        captions.append(caption)
        owners.append(numbers.setdefault(photo, len(numbers)))
    if missing:
        raise DatasetError(
            f"{len(missing)} rows of {str(path)!r} name files that do not exist: {some(missing)}. Paths are relative "
            "to the table."
        )
    if len(set(captions)) < 2:
        raise DatasetError(
            f"{str(path)!r} holds {len(set(captions))} different captions; at least 2 are needed to choose from."
        )
    return RetrievalTask(_name_of(path.with_suffix("")), tuple(numbers), tuple(captions), np.array(owners))


def _exists(photo: Path) -> bool:
    try:
        return photo.exists()
    except (OSError, ValueError):  # a name too long for any file, or a NUL byte in it
        return False


def _column(header: Row, names: Sequence[str], path: Path) -> int:
    index = column_index(header, names, path)
    if index is None:
        raise missing_column(header, " or ".join(map(repr, names[:2])), path)
    return index


def _name_of(path: Path) -> str:
    name = path.absolute().name
    return _encodable(path.resolve().name if name in {"", ".."} else name, str(path)) or "utility"


def _encodable(name: str, where: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise DatasetError(f"the name of {where!r} is not valid UTF-8; rename it.") from None
    return name


def _where(path: Path, row: Row) -> str:
    return f"{str(path)!r}, line {row.line}"
