"""Two sets of records, model by model: what can be compared, what is missing, and which limits concern it."""

from collections.abc import Sequence
from dataclasses import dataclass

from idia.gates.baselines import Recorded, baseline_of, known_as, people_of
from idia.gates.judging import judged
from idia.gates.limits import TEXT_ONLY, UTILITY, Limit
from idia.gates.measured import Measured
from idia.gates.verdicts import Judgement, Verdict
from idia.records import Document, StoredRecord

_EVERY = "(every model)"
_Weights = tuple[tuple[str, str], str]


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """One model, now and before.

    Attributes:
        now: What was measured; without what only the baseline has.
        baseline: What it is compared with, or the sentence that says why there is nothing.
    """

    now: Measured
    baseline: Measured | str

    @property
    def kinds(self) -> set[str]:
        """The attacks, and `utility`, that either of both has records of."""
        return {kind for each in (self.now, self.baseline) if isinstance(each, Measured) for kind in each.kinds}


def measured_models(recorded: Recorded) -> tuple[Measured, ...]:
    """Returns what was measured on each model: once for each group of people it was attacked with.

    Controls are left out. Records of utility go with the first group.

    Raises:
        RecordError: Votes are damaged.
    """
    groups: dict[tuple[_Weights, tuple[str, str]], list[list[StoredRecord]]] = {}
    for record in recorded.records:
        if record.document["control"] is not None:
            continue
        parts = groups.setdefault((_weights(record.document), people_of(record.document)), [])
        attack = record.document["attack"]
        # The same attack by another protocol, or with another seed, is a part of its own.
        for part in parts:
            if attack not in [each.document["attack"] for each in part]:
                part.append(record)
                break
        else:
            parts.append([record])
    utility: dict[_Weights, list[Document]] = {}
    for stored in recorded.utility:
        utility.setdefault(_weights(stored.document), []).append(stored.document)
    models = [Measured.of(part, utility.pop(weights, ())) for (weights, _), parts in groups.items() for part in parts]
    return (*models, *(Measured.of((), documents) for documents in utility.values()))


def comparisons(before: Recorded, now: Recorded) -> tuple[Comparison, ...]:
    """Returns every model that either holds, with its counterpart in the other; what is gone, too.

    Two files are compared with each other whatever their models are called; where one of both is a file, only what that
    is about.

    Raises:
        RecordError: Votes are damaged.
    """
    is_pair = before.is_one_file and now.is_one_file
    models, earlier = measured_models(now), measured_models(before)
    if before.is_one_file and not is_pair:
        models = tuple(model for model in models if model.model in {each.model for each in earlier})
    found = [Comparison(model, baseline_of(before, model, any_name=is_pair, advice="")) for model in models]
    return tuple(found) if now.is_one_file else (*found, *_gone(earlier, now, before, found))


def compared(limits: Sequence[Limit], pairs: Sequence[Comparison]) -> tuple[Judgement, ...]:
    """Returns a judgement of every limit about every model it concerns, and at least one for every limit.

    Limits on an attack concern whatever was attacked, limits on utility every model.
    """
    judgements = []
    for limit in limits:
        concerned = [pair for at, pair in enumerate(pairs) if _concerns(limit, pair, pairs[:at], pairs)]
        judgements += [judged(limit, pair.now, pair.baseline) for pair in concerned]
        if not concerned:
            what = "utility" if limit.is_utility else "an attack"
            sentence = f"Neither side holds a record of {what}, so there is nothing to compare."
            judgements.append(Judgement(Verdict.NO_EVIDENCE, limit, _EVERY, sentence))
    return tuple(judgements)


def _gone(
    earlier: Sequence[Measured], now: Recorded, before: Recorded, found: Sequence[Comparison]
) -> list[Comparison]:
    """What the baseline holds and nobody measured again: a model must not become green by not being run."""
    without = {
        (pair.now.model, kind)
        for pair in found
        for kind in pair.now.kinds
        if isinstance(pair.baseline, str) or kind in pair.baseline.absent
    }
    gone = []
    for model in earlier:
        again = baseline_of(now, model, advice="")
        missing = model.kinds if isinstance(again, str) else set(again.absent)
        missing = {kind for kind in missing if (model.model, kind) not in without}  # that is told already
        if missing:
            absent = {
                kind: f"{now.place} holds nothing to compare with what {before.place} holds about {model.model} "
                f"({kind}); run it again, or leave it out of the baseline"
                for kind in sorted(missing)
            }
            kept = {kind: scored for kind, scored in model.attacks.items() if kind in missing}
            baseline = Measured(model.model, kept, model.utility if UTILITY in missing else ())
            gone.append(Comparison(Measured(model.model, absent=absent), baseline))
    return gone


def _concerns(limit: Limit, pair: Comparison, before: Sequence[Comparison], pairs: Sequence[Comparison]) -> bool:
    if not limit.is_utility:
        attacks = pair.kinds - {UTILITY}
        # By names alone a model may be attacked in several modes: the others are parts without any other attack.
        there = {kind for each in pairs if each.now.model == pair.now.model for kind in each.kinds}
        is_other_mode = attacks <= set(TEXT_ONLY) and limit.attack in there
        return limit.attack in attacks or (bool(attacks) and not is_other_mode)
    # A model without any is told once, not once for each group of people it was attacked with.
    of_model = [each for each in pairs if each.now.model == pair.now.model]
    return UTILITY in pair.kinds or (
        not any(UTILITY in each.kinds for each in of_model) and not any(each in before for each in of_model)
    )


def _weights(document: Document) -> _Weights:
    return known_as(document), document["model"]["weights_sha256"]
