"""Baselines: the records of an earlier state of a model, and which of them one may compare with."""

from dataclasses import dataclass
from pathlib import Path

from idia.gates.measured import Measured
from idia.records import StoredRecord, StoredUtility


@dataclass(frozen=True, eq=False, slots=True)
class Recorded:
    """Records in one place.

    Attributes:
        place: The results folder, its folder of records, or one record.
        records: The records of attacks.
        utility: The records of utility.
    """

    place: Path
    records: tuple[StoredRecord, ...]
    utility: tuple[StoredUtility, ...]

    @classmethod
    def read(cls, place: Path) -> "Recorded":
        """Returns the records in a results folder, in its folder of records, or in one file.

        Raises:
            RecordError: One is damaged.
            SettingError: There is no such folder or file.
        """
        raise NotImplementedError


def baseline_of(recorded: Recorded, now: Measured, *, any_name: bool = False) -> Measured | str:
    """Returns what a model may be compared with: the same people, attack, and protocol but for the seed and the draws.

    The weights may differ: that is the point. An attack without a baseline is `absent` from what is returned, with the
    sentence that says why.

    Args:
        recorded: Where baselines lie.
        now: What was measured.
        any_name: Whether the model may have another name, as where two files were named to be compared.

    Returns:
        The baseline; or, where nothing at all can be compared, a sentence that says what there is instead, and which
        command makes a baseline.
    """
    raise NotImplementedError
