"""What attacks ask of a model, and what they cost."""

from dataclasses import dataclass

from idia.records import Document

_ACCESS = {"idia": "label", "nameless": "label", "calibrated": "score"}
"""What of the answers suffices for the attacks with photos, whose records do not say it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an attack costs; None where that is not known.

    Attributes:
        access: What it needs of the model: `label`, which name fits best; `score`, how well each fits; `gradient`.
        queries: Photos and texts that the model was asked about, steps with gradients included.
        gradient_steps: Of how many answers the gradient was asked for.
        cpu_seconds: CPU time, on the machine that the record names.
    """

    access: str | None
    queries: int | None
    gradient_steps: int | None
    cpu_seconds: float | None


def cost_of(document: Document, n_photos: int | str = "all") -> Cost:
    """Returns what the attack cost: as its record says, or from photos, prompts and names.

    Args:
        document: The record.
        n_photos: At so many photos per person, of attacks that take photos.
    """
    told, attack = document.get("cost"), document["attack"]
    if told is not None:
        seconds = document["environment"].get("cpu_seconds")
        return Cost(told["access"], told["queries"], told["gradient_steps"], seconds)
    if attack not in _ACCESS or not document["cells"]:
        return Cost(None, None, None, None)
    people, protocol = document["people"], document["protocol"]
    photos = people["n_photos"] if isinstance(n_photos, str) else n_photos * people["n_people"]
    queries = min(photos, people["n_photos"]) + protocol["n_prompts"] * protocol["n_names"]
    return Cost(_ACCESS[attack], queries, 0, document["environment"].get("cpu_seconds"))
