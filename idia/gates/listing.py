"""Every difference between two sets of records, for whoever asks what changed before any limit is set."""

from collections.abc import Sequence

from idia.gates.comparing import Comparison
from idia.gates.differences import Change, leak_change, utility_changes
from idia.gates.layout import aligned, shortened, wrapped
from idia.gates.limits import LEAKS, UTILITY
from idia.gates.measured import Measured
from idia.gates.readings import unfit_because

_HEADER = ("Model", "Number", "A", "B", "B less A [95 %]", "Which means", "n")


def differences_table(pairs: Sequence[Comparison]) -> tuple[str, int]:
    """Returns a row per number that both sides have, a line for whatever cannot be compared, and how many rows."""
    rows: list[list[str]] = []
    missing: list[str] = []
    for pair in pairs:
        changes, why = _changes(pair)
        missing += why
        for at, (change, is_leak) in enumerate(changes):
            model = shortened(pair.now.model) if at == 0 else ""  # stands on its first row only
            numbers = [change.now.label, f"{change.before.value:.3f}", f"{change.now.value:.3f}"]
            difference = f"{change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
            rows.append([model, *numbers, difference, _meaning(change, is_leak), change.n_words])
    lines = aligned(_HEADER, rows) if rows else []
    for sentence in dict.fromkeys(missing):
        lines += ["", wrapped(f"Not compared: {sentence}.")]
    return "\n".join(lines).strip(), len(rows)


def _meaning(change: Change, is_leak: bool) -> str:
    if change.low <= 0 <= change.high:
        return "no difference shown"
    rose = change.low > 0
    return ("leaks more" if rose else "leaks less") if is_leak else ("better" if rose else "worse")


def _changes(pair: Comparison) -> tuple[list[tuple[Change, bool]], list[str]]:
    """What differs, and whether it is a leak; and why something cannot be compared."""
    now, before = pair.now, pair.baseline
    if not isinstance(before, Measured):
        return [], [before]
    found: list[tuple[Change, bool]] = []
    why = [*now.absent.values(), *before.absent.values()]
    for attack in sorted(now.attacks.keys() & before.attacks.keys()):
        unfit = [unfit_because(each.attacks[attack].document) for each in (now, before)]
        if any(unfit):
            why += [f"{now.model} {where}: {each}" for where, each in zip(("in B", "in A"), unfit, strict=True) if each]
            continue
        changes = [leak_change(now.attacks[attack], before.attacks[attack], metric) for metric in LEAKS]
        known = [(change, True) for change in changes if isinstance(change, Change)]
        why += [] if known else [f"{now.model} under {attack}: {change}" for change in changes[:1]]
        found += known
    if UTILITY in now.kinds & before.kinds:
        utility = utility_changes(now, before, "")
        if isinstance(utility, str):
            why.append(f"{now.model} in utility: {utility}")
        else:
            found += [(change, False) for change in utility]
    return found, why
