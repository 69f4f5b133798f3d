"""The one verdict about a limit, used by pytest and by `idia compare` alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from idia.gates.differences import Change, leak_change, utility_changes
from idia.gates.limits import TEXT_ONLY, Limit
from idia.gates.measured import Measured
from idia.gates.needed import needed, needed_for_share
from idia.gates.readings import Reading, leak, unfit_because, usefulness
from idia.gates.verdicts import Judgement, Verdict

_SLACK = 1e-9  # what rounding may add to a number on the limit
_WORST_FIRST = (Verdict.INVALID, Verdict.REGRESSED, Verdict.NO_EVIDENCE, Verdict.OK)


@dataclass(frozen=True, eq=False, slots=True)
class _Finding:
    """A number to be compared with a limit."""

    number: Reading | Change

    @property
    def reading(self) -> Reading:
        return self.number.now if isinstance(self.number, Change) else self.number

    def described(self) -> str:
        """The number with its interval, and on how many it rests."""
        number = self.number
        if isinstance(number, Reading):
            ends = f"{number.value:.3f} [{number.low:.3f}, {number.high:.3f}]"
            return f"{number.label} {ends} ({number.n:,} {number.unit})"
        moved = f"{number.before.value:.3f} in the baseline, {number.now.value:.3f} now"
        ends = f"{number.value:+.3f} [{number.low:+.3f}, {number.high:+.3f}]"
        return f"{number.now.label} {moved}: {ends} ({number.n_words})"


def judged(limit: Limit, now: Measured, baseline: Measured | str | None = None) -> Judgement:
    """Returns whether what was measured is within a limit.

    An upper limit is kept if the upper end of the 95 % interval is within it, and broken if the value is beyond it; in
    between, people are too few to tell. A lower limit likewise. Differences are paired where both records list the same
    people in the same rows, and otherwise have an interval as of two independent groups, which is wider.

    Args:
        limit: What is allowed.
        now: What was measured.
        baseline: What it is compared with, where the limit is relative; a sentence where there is none, as from
            `baseline_of`.
    """
    before = baseline if limit.is_relative else now
    if limit.attack not in now.kinds:
        return Judgement(Verdict.NO_EVIDENCE, limit, now.model, _sentence(now.why_without(limit.attack)))
    unfit = _unfit(limit, now, "")
    if unfit is not None:
        return unfit
    if not isinstance(before, Measured) or limit.attack not in before.kinds:
        return Judgement(Verdict.NO_EVIDENCE, limit, now.model, _sentence(_without_baseline(limit, before)))
    unfit = _unfit(limit, before, "in the baseline, ")
    if unfit is not None:
        return replace(unfit, model=now.model)
    findings = _findings(limit, now, before)
    if isinstance(findings, str):
        return Judgement(Verdict.NO_EVIDENCE, limit, now.model, _sentence(findings))
    return _worst([_judgement(limit, now.model, finding) for finding in findings], limit)


def _without_baseline(limit: Limit, before: Measured | str | None) -> str:
    if before is None:
        return (
            "there is no baseline to compare with; name one with --idia-baseline, or make it with "
            "--idia-update-baseline"
        )
    if isinstance(before, str):
        return before
    return before.absent.get(limit.attack) or f"in the baseline, {before.why_without(limit.attack)}"


def _unfit(limit: Limit, measured: Measured, where: str) -> Judgement | None:
    """What is said of a record none of whose numbers counts."""
    if limit.is_utility:
        return None
    document = measured.attacks[limit.attack].document
    why = unfit_because(document)
    verdict = Verdict.INVALID if document["status"] in ("invalid", "error") else Verdict.NO_EVIDENCE
    return None if why is None else Judgement(verdict, limit, measured.model, _sentence(f"{where}{why}"))


def _findings(limit: Limit, now: Measured, before: Measured) -> list[_Finding] | str:
    found: Sequence[Reading | Change] | Reading | Change | str
    if limit.is_utility:
        if limit.is_relative:
            found = utility_changes(now, before, limit.metric)
        else:
            found = usefulness(now.utility, limit.metric)
    elif limit.is_relative:
        found = leak_change(now.attacks[limit.attack], before.attacks[limit.attack], limit.metric)
    else:
        found = leak(now.attacks[limit.attack].document, limit.metric)
    if isinstance(found, str):
        return found
    return [_Finding(each) for each in ([found] if isinstance(found, Reading | Change) else found)]


def _judgement(limit: Limit, model: str, finding: _Finding) -> Judgement:
    number = finding.number
    facing = number.low if limit.is_utility else number.high
    sign = -1 if limit.is_utility else 1
    to_bound, to_end = sign * (limit.bound - number.value), sign * (facing - number.value)
    allowed, described, unit = _allowed(limit), finding.described(), finding.reading.unit
    if to_bound - to_end >= -_SLACK:
        verdict, words = Verdict.OK, f"{described}: all of the interval keeps to {allowed}."
    elif to_bound < -_SLACK:
        verdict, words = Verdict.REGRESSED, f"{described}: beyond {allowed}. {_remedy(limit)}."
    else:
        verdict = Verdict.NO_EVIDENCE
        words = (
            f"{described}: the value keeps to {allowed}, but the interval reaches beyond it. Too few {unit} to tell; "
            f"{_how_many(limit, finding, to_end, to_bound)}."
        )
    return Judgement(verdict, limit, model, words, number.value, number.low, number.high)


def _how_many(limit: Limit, finding: _Finding, to_end: float, to_bound: float) -> str:
    number = finding.number
    if isinstance(number, Reading) and number.is_share:
        n = needed_for_share(number, limit.bound, is_upper=not limit.is_utility)
    else:
        n = needed(finding.reading.n, to_end, to_bound)
    if n is None:
        return "on the limit itself, no number of them is ever enough: allow a little more"
    more = f"about {n:,} would do, if the value stays as it is"
    if isinstance(number, Change) and not number.is_paired and limit.attack in TEXT_ONLY:
        more += ". Of people who exist no scores are published where they were asked about by their names alone, so "
        more += "that nobody can be paired"
    elif isinstance(number, Change) and not number.is_paired and not limit.is_utility:
        more += f". Or measure the baseline again with this version, so that the {finding.reading.unit} can be paired"
    return more


def _allowed(limit: Limit) -> str:
    size, rises = f"{abs(limit.bound):g}", limit.bound > 0
    if not limit.is_relative:
        return f"the {'least' if limit.is_utility else 'most'} allowed, {size}"
    if limit.bound == 0:
        return f"the allowed {'fall' if limit.is_utility else 'rise'}, none"
    return f"the {'demanded' if rises == limit.is_utility else 'allowed'} {'rise' if rises else 'fall'} of {size}"


def _remedy(limit: Limit) -> str:
    if limit.is_relative:
        return "Undo what changed it or, where that is meant, make it the new baseline (--idia-update-baseline)"
    what = "Find out what it lost" if limit.is_utility else "Reduce what leaks"
    return f"{what} or, where that is meant, change the limit"


def _worst(judgements: Sequence[Judgement], limit: Limit) -> Judgement:
    def order(judgement: Judgement) -> tuple[int, float]:
        end = (judgement.low if limit.is_utility else judgement.high) or 0.0
        return _WORST_FIRST.index(judgement.verdict), end if limit.is_utility else -end

    worst = min(judgements, key=order)
    if len(judgements) == 1:
        return worst
    ok = sum(judgement.is_ok for judgement in judgements)
    words = f"{ok} of {len(judgements)} metrics are ok. The worst: {worst.sentence}"
    return Judgement(worst.verdict, limit, worst.model, words, worst.value, worst.low, worst.high)


def _sentence(words: str) -> str:
    start = words[:1] if "/" in words.partition(" ")[0] else words[:1].upper()  # a folder keeps its name
    return f"{start}{words[1:]}{'' if words.endswith(('.', '…')) else '.'}"
