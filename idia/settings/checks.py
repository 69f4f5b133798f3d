"""What is asked of settings together."""

from idia.errors import SettingError
from idia.options import is_card
from idia.settings.text_only import check_text_only
from idia.settings.values import Settings

CONTROLS = ("permuted", "random")
"""Controls that every model has one of its own of."""


def check_together(settings: Settings) -> None:
    """Raises unless the settings make sense beside each other.

    Raises:
        SettingError: Says which do not, and what to change.
    """
    if settings.people is None and settings.membership is not None:
        raise SettingError("--idia-membership needs --idia-people, the folder of people it speaks of.")
    if settings.world is not None and settings.membership is not None:
        raise SettingError(
            f"--idia-people {settings.people} brings its own --idia-membership: who the model was trained on. Drop one."
        )
    if settings.people is not None and settings.world is None and settings.membership is None:
        raise SettingError(
            "--idia-people needs --idia-membership, a CSV of name,occurrences: without ground truth no leakage can be "
            "measured. 0 occurrences are a non-member."
        )
    if (settings.first_names is None) != (settings.surnames is None):
        raise SettingError("--idia-first-names and --idia-surnames must be given together.")
    if len(set(settings.model)) != len(settings.model):
        raise SettingError(f"the same model was given twice: {', '.join(settings.model)}.")
    for spec in settings.model:
        if spec.startswith("random:"):
            raise SettingError(
                f"{spec} has random weights, which only make sense as a control. Score a trained model with "
                f"--idia-model, and add --idia-control {spec}."
            )
    if settings.tune and not (settings.speed and is_card(settings.device)):
        raise SettingError("--idia-tune needs --idia-speed and --idia-device cuda: it tries tiles on a graphics card.")
    for kind in settings.control:
        if kind not in CONTROLS and not kind.startswith("random:"):
            raise SettingError(f"--idia-control must be 'permuted', 'random' or random:ARCH, got {kind!r}.")
    check_text_only(settings)
    if settings.baseline is not None or settings.update_baseline:
        _check_baseline(settings)
    if settings.gates is not None and not settings.gates.is_file():
        raise SettingError(f"--idia-gates: there is no file {settings.gates}.")


def _check_baseline(settings: Settings) -> None:
    baseline = settings.baseline
    if baseline is None:
        raise SettingError("--idia-update-baseline needs --idia-baseline, the folder that this run's records go to.")
    if settings.update_baseline and baseline.is_file():
        raise SettingError(
            f"--idia-update-baseline needs a folder of records, and --idia-baseline {baseline} is a file."
        )
    if not settings.update_baseline and not baseline.exists():
        raise SettingError(
            f"--idia-baseline: there is nothing at {baseline}. Make it with the model to compare with: "
            f"pytest benchmarks/ --idia-model MODEL --idia-results {baseline}"
        )
    ours, given = settings.results.resolve(), baseline.resolve()
    if given == ours or ours / "records" in (given, *given.parents):
        raise SettingError(
            f"--idia-baseline {baseline} is where this run writes its own records: it would be compared with itself. "
            "Give another folder with --idia-results."
        )
