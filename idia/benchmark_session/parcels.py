"""What a test has measured, on its way to the process that writes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from idia.gates import Judgement
    from idia.records import Document, Record


@dataclass
class Parcel:
    """What was measured since the last report of a test.

    Attributes:
        records: Records of attacks.
        utilities: Records of utility.
        judgements: What gates say, by the number of the gate.
    """

    records: "list[Record]" = field(default_factory=list)
    utilities: "list[Document]" = field(default_factory=list)
    judgements: "dict[int, Judgement]" = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.records or self.utilities or self.judgements)

    def packed(self) -> dict[str, Any]:
        """Returns it as JSON values."""
        from idia.records import packed

        judgements = [
            [number, asdict(each) | {"verdict": str(each.verdict)}] for number, each in self.judgements.items()
        ]
        return {
            "records": [packed(each) for each in self.records],
            "utilities": self.utilities,
            "judgements": judgements,
        }

    @classmethod
    def unpacked(cls, content: Mapping[str, Any]) -> "Parcel":
        """Returns what `packed` packed."""
        from idia.records import unpacked

        parcel = cls([unpacked(each) for each in content["records"]], list(content["utilities"]))
        if content["judgements"]:
            from idia.gates import Judgement, Limit, Verdict

            for number, values in content["judgements"]:
                read = {**values, "verdict": Verdict(values["verdict"]), "limit": Limit(**values["limit"])}
                parcel.judgements[number] = Judgement(**read)
        return parcel
