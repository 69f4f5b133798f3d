"""Takes the place of what measures: records come from `staged.json` in the working folder, by specification.

A real run of a model takes seconds; what becomes of its records does not depend on where they come from.
"""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from idia.errors import ModelError
from idia.records import unpacked

measured: list[str] = []
"""The specifications that this process was asked about, once for each time, with the mode where by names alone."""


def _staged(target: Any, mode: str = "") -> dict[str, Any]:
    measured.append(f"{target.spec} {mode}".rstrip())
    content: dict[str, Any] = json.loads(Path("staged.json").read_text(encoding="utf-8"))[target.spec]
    if "error" in content:
        raise ModelError(content["error"])
    return content


class Auditor:
    """Says what it was told to say of a model."""

    def __init__(self, plan: Any, clock: Any) -> None:
        self.plan = plan

    def audit(self, target: Any, progress: Any = None) -> SimpleNamespace:
        return SimpleNamespace(target=target, records=tuple(map(unpacked, _staged(target)["records"])))

    def model(self, target: Any) -> None:
        raise AssertionError("no model is loaded here")


class UtilityAuditor:
    """The same, of utility."""

    def __init__(self, plan: Any, load: Any, clock: Any) -> None:
        self.plan = plan

    def utility(self, target: Any, progress: Any = None) -> SimpleNamespace:
        return SimpleNamespace(target=target, document=_staged(target)["utility"])


class TextOnlyAuditor:
    """The same, by names alone."""

    def __init__(self, plan: Any, auditor: Any, clock: Any) -> None:
        self.plan = plan

    def audit(self, target: Any, mode: str, progress: Any = None) -> SimpleNamespace:
        records = _staged(target, mode)["text_only"][mode]
        return SimpleNamespace(target=target, mode=mode, records=tuple(map(unpacked, records)))
