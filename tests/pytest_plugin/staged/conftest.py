"""Projects whose models say what they were told to: what becomes of their records costs no model."""

import hashlib
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import idia.audit

# What a run in this process imports, pytester forgets: what is large is imported before.
import idia.benchmark_session.updating
import idia.gate_items.planned
import idia.gate_items.text_only
import idia.gates.judging
import idia.plan
import idia.report
import idia.utility_audit
from idia.attacks.voting import Votes
from idia.evaluation import evaluate
from idia.records import Record, cell_document, packed, write_record
from idia.testing import toy_people

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import WritePeople

EXAMPLE = Path(__file__).parents[2] / "records" / "example.json"
INI = """
[pytest]
addopts = --import-mode=importlib --strict-markers -ra -p no:hypothesispytest -p no:jaxtyping -p no:faker
idia_people = people
idia_membership = who.csv
idia_names = 40
idia_cache_dir = cache
idia_model =
"""
CONFTEST = """
import sys
sys.path.insert(0, {here!r})
import idia.report, staged_auditors
sys.modules["idia.audit"] = sys.modules["idia.utility_audit"] = staged_auditors
idia.report.render = lambda *_, **__: ()
"""


class Staged:
    """A project with staged models: `good` finds nobody, unless others are staged.

    Args:
        pytester: Runs pytest in its folder.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.folder = pytester.path
        pytester.makepyfile(test_leak="def test_leak(idia_audit): assert idia_audit.records")
        self.models(good={"found": 0})

    def models(self, **models: dict[str, Any]) -> None:
        """Stages models: by name, what is in their records; a model of which nothing is said cannot be loaded."""
        staged = {
            _spec(name): {"records": [packed(_record(name, **parts))]} if parts else {"error": "no such weights"}
            for name, parts in models.items()
        }
        (self.folder / "staged.json").write_text(json.dumps(staged))
        self.pytester.makeini(INI + "".join(f"    {spec}\n" for spec in staged))

    def by_names(self, name: str, **modes: Record) -> None:
        """Adds to a staged model what attacks by names alone say, a record for each mode."""
        staged = json.loads((self.folder / "staged.json").read_text())
        text_only = staged[_spec(name)]["text_only"] = {}
        for mode, record in modes.items():
            document: Any = dict(record.document)
            document["model"] |= {"name": name, "spec": _spec(name)}
            text_only[mode] = [packed(Record(document, record.votes))]
        (self.folder / "staged.json").write_text(json.dumps(staged))

    def baseline(self, **models: dict[str, Any]) -> str:
        """Writes records to compare with, and returns the option that names them."""
        for name, parts in models.items():
            write_record(self.folder / "baseline", _record(name, **parts))
        return f"--idia-baseline={self.folder / 'baseline'}"

    def run(self, *arguments: str) -> pytest.RunResult:
        """Runs pytest in this process."""
        return self.pytester.runpytest_inprocess(*arguments)

    def run_on_workers(self, count: int, *arguments: str) -> pytest.RunResult:
        """The same on workers, which stage for themselves."""
        self.pytester.makeconftest(CONFTEST.format(here=str(Path(__file__).parent)))
        return self.pytester.runpytest_subprocess(*arguments, "-n", str(count))


@pytest.fixture
def staged(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, write_people: "WritePeople") -> Staged:
    """A project with staged models, of which nothing is rendered."""
    write_people(pytester.path, toy_people()[0].people[:2], [1, 0])
    monkeypatch.syspath_prepend(Path(__file__).parent)
    auditors = importlib.import_module("staged_auditors")
    monkeypatch.setattr(idia.audit, "Auditor", auditors.Auditor)
    monkeypatch.setattr(idia.audit, "TextOnlyAuditor", auditors.TextOnlyAuditor)
    monkeypatch.setattr(idia.utility_audit, "UtilityAuditor", auditors.UtilityAuditor)
    monkeypatch.setattr(idia.report, "render", lambda *_, **__: ())
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return Staged(pytester)


def _spec(name: str) -> str:
    return f"python:staged:{name}"


def _record(model: str, *, found: int, n: int = 60, weights: str = "", **parts: Any) -> Record:
    """A record of `n` members, of whom some are found, and as many non-members, of whom none is."""
    scores = np.zeros((2 * n, 1, 1), np.uint16)
    scores[:found] = 3
    occurrences = np.repeat([75, 0], n)
    result = evaluate(Votes(scores, ("all",), 3), occurrences)
    document = json.loads(EXAMPLE.read_text(encoding="utf-8")) | parts
    document["protocol"] |= {"sizes": ["all"], "bins": [], "draws": 1}
    document["model"] |= {"name": model, "spec": _spec(model), "weights_sha256": _hash(model + weights)}
    document["people"] |= {"manifest_sha256": _hash(str(n)), "order_sha256": _hash(str(n)), "n_people": 2 * n}
    document["people"] |= {"members": n, "non_members": n, "n_photos": 2 * n}
    document["people"] |= {"photos_per_person": {"min": 1, "median": 1.0, "max": 1}}
    document["cells"] = [cell_document(cell) for cell in result.cells]
    document["threshold_sweep"] = [cell_document(cell) for cell in result.threshold_sweep]
    votes = {
        "pseudonyms": np.array([f"p{number:03}" for number in range(2 * n)]),
        "occurrences": occurrences,
        "n_photos": np.ones(2 * n, dtype=np.int64),
        "photo_offsets": np.arange(2 * n + 1),
        "codes": np.zeros((2 * n, 3), dtype=np.uint16),
        "sizes": np.array(["all"]),
        "scores": scores,
    }
    return Record(document, votes)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
