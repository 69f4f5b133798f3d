"""What tells one controlled training from another: where its pictures come from, and what it leaves behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from idia.training.loop import TrainedModel
from idia.training.material import Material
from idia.training.recipe import Recipe


class Job(Protocol):
    """One controlled training, described completely; it holds no results."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the files and folders in the output, apart from the recipe."""

    @property
    def recipe(self) -> Recipe:
        """How the model is built and fitted."""

    def request(self, name: str) -> dict[str, Any]:
        """Returns everything that decides the result, as a JSON document without anybody's name.

        Args:
            name: What the model is called.

        Raises:
            DatasetError: Files cannot be read.
        """

    def prepare(self, progress: Callable[[int, int], None] | None) -> Material:
        """Returns the training set; the same for the same request."""

    def export(self, folder: Path, trained: TrainedModel, material: Material, name: str) -> dict[str, Any]:
        """Writes all parts into an empty folder, and returns what the recipe document says about them."""

    def fingerprints(self, folder: Path) -> dict[str, str]:
        """Returns the hashes by which the recipe document knows the parts in a folder."""
