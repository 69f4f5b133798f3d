"""``idia plan``: how many people a claim needs, before anybody is photographed."""

from collections.abc import Sequence

import click

from idia.cli.errors import clean_errors
from idia.errors import SettingError

_PEOPLE = tuple(25 * 2**step for step in range(9))  # at most 6,400 on either side: more take minutes to simulate
_SIMULATIONS = 200
_LOWEST = 1e-9
_USUAL_POWER, _ENOUGH_POWER = 0.8, 0.9


@click.command()
@click.option("--fpr", type=float, default=0.01, help="The false-positive rate that the claim is about.")
@click.option("--tpr", type=float, help="The TPR that is expected there.  [default: 0.8, where a width is given]")
@click.option("--width", type=float, help="How wide its 95 % interval may be.  [default: 0.1, where a TPR is given]")
@click.option("--members", type=click.IntRange(min=1), help="How many members there are.  [default: as non-members]")
@click.option("--auc-difference", type=float, help="By how much two attacks differ that are to be told apart.")
@click.option("--auc", type=float, default=0.9, help="The AUC of the better of them.")
@click.option("--correlation", type=float, default=0.5, help="How alike their scores are, from -1 to 1.")
def plan(
    fpr: float,
    tpr: float | None,
    width: float | None,
    members: int | None,
    auc_difference: float | None,
    auc: float,
    correlation: float,
) -> None:
    """Say how many non-members a claim needs.

    Rates and widths are fractions: --fpr 0.01 is 1 %. Ten non-members of whom none is mistaken say only that the
    false-positive rate is below 31 %.
    """
    with clean_errors("Nothing was written."):
        if 0 < fpr < _LOWEST:
            raise SettingError(
                f"expected a false-positive rate of {_LOWEST:g} or more, got {fpr:g}. So many people do not live."
            )
        parts = [_at_fpr(fpr, tpr, width, members)]
        if auc_difference is not None:
            parts.append(_told_apart(auc_difference, auc, correlation, members))
        click.echo("\n\n".join(parts))


def _at_fpr(fpr: float, tpr: float | None, width: float | None, members: int | None) -> str:
    """What it takes to say anything about a false-positive rate, as a table with a sentence in each row."""
    from idia.statistics import non_members_to_bound_fpr, non_members_to_measure_tpr, non_members_to_resolve

    at = _percent(fpr)
    rows = [
        (non_members_to_resolve(fpr), f"one of them is {at}: with fewer, the TPR at FPR {at} is n/a"),
        (non_members_to_bound_fpr(fpr), f"none of them mistaken: the FPR is below {at} (one-sided, 95 %)"),
        (
            non_members_to_bound_fpr(fpr, sides=2),
            f"none of them mistaken: the interval in reports ends below {at} (two-sided, 95 %)",
        ),
    ]
    if tpr is not None or width is not None:
        expected, wide = 0.8 if tpr is None else tpr, 0.1 if width is None else width
        beside = "as many members" if members is None else f"{members:,} member{'s' * (members != 1)}"
        needed = non_members_to_measure_tpr(expected, fpr, wide, members=members)
        rows.append((needed, f"with {beside}, a TPR of {expected:g} at FPR {at} has an interval about {wide:g} wide"))
    # Fewest first; what takes as many stays in order.
    rows.sort(key=lambda row: row[0])
    body = [(f"{needed:,}", words) for needed, words in rows]
    return "\n".join([f"What a false-positive rate of {at} takes:", "", *_table(("Non-members", "They show"), body)])


def _told_apart(difference: float, better: float, correlation: float, members: int | None) -> str:
    """How often so many people tell two attacks apart."""
    from idia.statistics import power_of_auc_difference

    worse = better - difference
    if not 0 < difference < better < 1 or worse <= 0:
        raise SettingError(
            f"expected a difference above 0 that leaves the other attack an AUC above 0, got a difference of "
            f"{difference:g} from an AUC of {better:g}. Both are fractions: --auc 0.9 --auc-difference 0.05."
        )
    rows, enough = [], None
    for people in _PEOPLE:
        power = power_of_auc_difference(
            better,
            worse,
            correlation=correlation,
            members=people if members is None else members,
            non_members=people,
            simulations=_SIMULATIONS,
        )
        rows.append((f"{people:,}", f"{power.value:.0%} [{power.low:.0%}, {power.high:.0%}]".replace("%", " %")))
        enough = people if enough is None and power.value >= _USUAL_POWER else enough
        if power.value >= _ENOUGH_POWER:
            break
    beside = "and as many members" if members is None else f"and {members:,} members"
    apart = f"an AUC of {better:g} from one of {worse:g}"
    sentence = (
        f"About {enough:,} non-members {beside} tell {apart} in four of five audits."
        if enough is not None
        else f"Even {_PEOPLE[-1]:,} non-members {beside} do not tell {apart} in four of five audits."
    )
    explained = f"Attacks on the same people, whose scores have a correlation of {correlation:g}; simulated."
    head = f"Non-members {beside}", "Told apart [95 %]"
    return "\n".join([sentence, explained, "", *_table(head, rows)])


def _percent(rate: float) -> str:
    return f"{100 * rate:g} %"


def _table(header: tuple[str, str], rows: Sequence[tuple[str, str]]) -> list[str]:
    widths = [max(len(row[at]) for row in [header, *rows]) for at in range(2)]
    rule = "  ".join("─" * width for width in widths)
    lines = [f"{first.rjust(widths[0])}  {second}" for first, second in rows]
    return [f"{header[0].rjust(widths[0])}  {header[1]}", rule, *lines]
