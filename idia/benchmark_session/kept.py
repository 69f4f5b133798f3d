"""What the controlling process keeps of a run: records as soon as they are there, and tables in the end."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from idia.benchmark_session.parcels import Parcel
from idia.errors import IdiaError, SettingError
from idia.settings import Settings
from idia.timing import CpuClock

if TYPE_CHECKING:
    from idia.gates import Judgement
    from idia.records import Document


class Kept:
    """What was measured in a run, each thing once, whoever measured it.

    Args:
        settings: What was asked for; nothing is kept where that cannot be used.
        clock: Told how long it takes to write.

    Attributes:
        documents: The records of attacks, in the order they came.
        utilities: Those of utility.
        judgements: What gates say, by their number.
        changes: What became of the baseline.
        remarks: What is worth a line.
        problems: What went wrong, and fails the run.
    """

    def __init__(self, settings: Settings | SettingError, clock: CpuClock) -> None:
        self._settings = settings
        self._clock = clock
        self._arrived: set[Path] = set()
        self._written: list[Path] = []
        self.documents: list[Document] = []
        self.utilities: list[Document] = []
        self.judgements: dict[int, Judgement] = {}
        self.changes = ""
        self.remarks: list[str] = []
        self.problems: list[str] = []

    @property
    def results(self) -> Path:
        """The results folder."""
        assert isinstance(self._settings, Settings)
        return self._settings.results

    @property
    def has_results(self) -> bool:
        """Whether any record was written."""
        return bool(self._written)

    @property
    def n_ok(self) -> int:
        """How many gates are green."""
        return sum(judgement.is_ok for judgement in self.judgements.values())

    def in_order(self) -> "list[Judgement]":
        """Returns what gates say, in the order of the gates."""
        return [judgement for _, judgement in sorted(self.judgements.items())]

    def take(self, parcel: Parcel) -> None:
        """Writes what was measured at once, so that a kill loses nothing that was finished."""
        from idia.records import record_path, utility_path, write_record, write_utility

        self.judgements |= parcel.judgements
        for record in parcel.records:
            path = record_path(self.results, record.document)
            if self._is_kept(path, record.document, partial(write_record, self.results, record)):
                self.documents.append(record.document)
        for document in parcel.utilities:
            path = utility_path(self.results, document)
            if self._is_kept(path, document, partial(write_utility, self.results, document)):
                self.utilities.append(document)

    def _is_kept(self, path: Path, document: "Document", write: Callable[[], bool]) -> bool:
        """Writes a record and returns whether it is there; not if another worker has measured the same."""
        if path in self._arrived:
            return False
        self._arrived.add(path)
        try:
            with self._clock.during("recording"):
                write()
        except (IdiaError, OSError) as error:
            self.problems.append(f"the record of {document['model']['name']} could not be kept: {error}")
            return False
        self._written.append(path)
        return True

    def render(self) -> None:
        """Renders the leaderboard and the figures of what was measured, once: also where the run was interrupted."""
        if not self._written:
            return
        from idia.report import render

        try:
            with self._clock.during("rendering"):
                render(self.results, only=self._written)
        except (IdiaError, OSError) as error:
            self.problems.append(f"all records were kept, but the leaderboard could not be rendered: {error}")

    def update_baseline(self) -> None:
        """Copies what was measured over the baseline, and says what changed there."""
        from idia.benchmark_session.updating import updated

        assert isinstance(self._settings, Settings)
        assert self._settings.baseline is not None
        if not self._written:
            self.problems.append(f"the baseline {self._settings.baseline} is as it was: this run measured nothing")
            return
        try:
            self.changes = updated(self._settings.baseline, self.results, self._written)
        except (IdiaError, OSError) as error:
            self.problems.append(f"the baseline could not be updated: {error}")
        else:
            self.problems.append(
                f"the baseline {self._settings.baseline} was replaced. Look at what changed, commit it, and run again "
                "without --idia-update-baseline: a run that changes what it is compared with never passes"
            )
