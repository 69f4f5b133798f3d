"""Verdicts as a reader sees them: a table in a terminal, and Markdown for the summary of a job."""

from collections.abc import Sequence

from idia.gates.verdicts import Judgement


def as_table(judgements: Sequence[Judgement], colour: bool = False) -> str:
    """Returns a row per judgement, and a sentence for each that is not green."""
    raise NotImplementedError


def as_markdown(judgements: Sequence[Judgement]) -> str:
    """Returns the same as Markdown, for the summary of a job."""
    raise NotImplementedError
