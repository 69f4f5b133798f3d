"""Gates on attacks by names alone, which are measured for them and by one mode."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.pytest_plugin.staged.test_gates import failures_in

if TYPE_CHECKING:
    from idia.records import Record
    from tests.pytest_plugin.staged.conftest import Staged

GATES = """
[defaults]
"tuni-names/auc_max" = 0.8
"tuni-names/tpr_max" = 0.8
"tuni-release/auc_max" = 0.8
"""


@pytest.fixture
def weak_and_strong(staged: "Staged", text_only_record: "Callable[..., Record]") -> "Staged":
    """A model that leaks by names in the mode `full` alone."""
    staged.by_names("good", cheap=text_only_record(strength=-1.0), full=text_only_record(strength=3.0))
    return staged


def gates_of(staged: "Staged", *arguments: str) -> tuple[dict[str, str | None], list[str]]:
    """What gates say, and what was measured for them."""
    measured = sys.modules["staged_auditors"].measured
    measured.clear()
    staged.run("-k", "nothing", "--junitxml=junit.xml", *arguments)
    return failures_in(staged.folder / "junit.xml"), list(measured)


def test_of_several_modes_the_first_is_measured_and_nothing_else(weak_and_strong: "Staged") -> None:
    (weak_and_strong.folder / "idia-gates.toml").write_text(GATES)
    cheap, asked = gates_of(weak_and_strong, "--idia-text-only=full,cheap:2x1")

    assert cheap["good[tuni-names/auc_max=0.8]"] is None
    assert "ask for tuni-names/tpr@0.01 or tuni-names/auc" in str(cheap["good[tuni-names/tpr_max=0.8]"])
    release = str(cheap["good[tuni-release/auc_max=0.8]"])
    assert release.startswith("no evidence: tuni-release was not measured: add --idia-text-only release\n")
    assert set(asked) == {"python:staged:good cheap"}
    full, asked = gates_of(weak_and_strong, "--idia-text-only=full")
    assert str(full["good[tuni-names/auc_max=0.8]"]).startswith("regressed: tuni-names AUC")
    assert set(asked) == {"python:staged:good full"}


def test_without_a_mode_there_is_no_evidence_and_it_is_said_what_to_add(weak_and_strong: "Staged") -> None:
    rule = ("--idia-fail=tuni-names/auc:+0.05", weak_and_strong.baseline(good={"found": 0}))
    off, asked = gates_of(weak_and_strong, *rule)

    assert off == {
        "good[tuni-names/auc:+0.05]": "no evidence: tuni-names was not measured: add --idia-text-only cheap or full"
    }
    assert asked == []
    cheap, _ = gates_of(weak_and_strong, *rule, "--idia-text-only=cheap")
    assert "holds no baseline for good under tuni-names" in str(cheap["good[tuni-names/auc:+0.05]"])


def test_other_gates_do_not_pay_for_it(weak_and_strong: "Staged") -> None:
    (weak_and_strong.folder / "idia-gates.toml").write_text("[defaults]\ntpr_max = 0.2\n")

    said, asked = gates_of(weak_and_strong, "--idia-text-only=cheap")
    assert said == {"good[tpr_max=0.2]": None}
    assert asked == ["python:staged:good"]
