"""The folder a training run writes: locked while in use, resumable after a kill, whole once it holds a recipe."""

import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, final

import torch
from filelock import FileLock, Timeout

from idia.errors import TrainingError

RECIPE = "recipe.json"
_WORK = ".training"


@final
@dataclass(frozen=True, slots=True)
class Workspace:
    """An output folder.

    Attributes:
        root: The folder.
        parts: Names of the files and folders that a finished run leaves in it, apart from the recipe.
    """

    root: Path
    parts: tuple[str, ...]

    @property
    def work(self) -> Path:
        """Where everything unfinished lies."""
        return self.root / _WORK

    @property
    def staging(self) -> Path:
        """Where results are put together before they are published."""
        return self.work / "staging"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Creates the folder and keeps other runs out of it; at the end, only what a resumed run needs stays behind.

        Raises:
            TrainingError: The folder cannot be written, holds other files, or is in use.
        """
        work = self.work
        if not work.exists() and not (self.root / RECIPE).exists():
            self._check_free()
        try:
            work.mkdir(parents=True, exist_ok=True)
            lock = FileLock(work / "lock")
            lock.acquire(timeout=0)
        except Timeout:
            raise TrainingError(
                f"another run is training in {str(self.root)!r}. Wait for it, or choose another --out."
            ) from None
        except OSError as error:
            raise _unwritable(self.root, error) from None
        try:
            yield
        except OSError as error:
            raise _unwritable(self.root, error) from error
        finally:
            if (self.root / RECIPE).exists() or not self._checkpoint.exists():
                shutil.rmtree(work, ignore_errors=True)
                with suppress(OSError):  # not empty
                    self.root.rmdir()
            lock.release()

    def recipe(self) -> dict[str, Any] | None:
        """Returns the recipe of a finished run, ``None`` for an unfinished one."""
        return _read_json(self.root / RECIPE)

    def begun(self) -> dict[str, Any] | None:
        """Returns the request of an interrupted run, ``None`` if there is none worth resuming."""
        return _read_json(self.work / "request.json") if self._checkpoint.exists() else None

    def begin(self, request: Mapping[str, Any]) -> None:
        """Notes what is about to be trained, so that only the same run resumes."""
        write_json(self.work / "request.json", request)

    def load(self) -> dict[str, Any] | None:
        """Returns the saved state of an interrupted training, ``None`` if there is none.

        Raises:
            TrainingError: The file is damaged.
        """
        path = self._checkpoint
        if not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except (UnpicklingError, RuntimeError, EOFError) as error:
            raise TrainingError(
                f"the saved state of the interrupted run is damaged ({type(error).__name__}). "
                f"Delete {str(path.parent)!r} and start again."
            ) from None
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Replaces the saved state, at once or not at all."""
        path = self._checkpoint
        partial = path.with_suffix(".partial")
        content = io.BytesIO()  # a full disk is then an OSError, not one of torch's own
        torch.save(state, content)
        with partial.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    def publish(self) -> None:
        """Moves the staged results into place, the recipe last: without it nothing counts as finished."""
        for name in (*self.parts, RECIPE):
            target = self.root / name
            if target.is_dir():
                shutil.rmtree(target)  # left by a run that was killed at this very point
            (self.staging / name).replace(target)

    @property
    def _checkpoint(self) -> Path:
        return self.work / "checkpoint.pt"

    def _check_free(self) -> None:
        for name in self.parts:
            if (self.root / name).exists():
                raise TrainingError(
                    f"{str(self.root)!r} already holds {name!r}, but no recipe of a finished or interrupted run. "
                    "Choose another --out; nothing was changed."
                )


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Writes a document, at once or not at all; the same document gives the same bytes."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(document, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:  # not JSON, or not UTF-8
        document = None
    if not isinstance(document, dict):
        raise TrainingError(f"{str(path)!r} is damaged. Delete its folder, or choose another --out.")
    return document


def _unwritable(root: Path, error: OSError) -> TrainingError:
    reason = (error.strerror or str(error)).lower()
    return TrainingError(f"cannot write to --out {str(root)!r}: {reason}. Choose a folder you may write to.")
