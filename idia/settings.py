"""Settings of a benchmark run: command-line options, with environment variables and ini keys of the same names."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path

from idia.errors import SettingError
from idia.models.folders import did_you_mean, is_shipped, shipped_models, with_shipped_name
from idia.models.specs import looks_like_file
from idia.options import DEFAULT_NAMES, OPTIONS, is_card

TOY_MODEL = "python:idia.testing:toy_clip"
"""What is scored when nobody says otherwise and no models are shipped: a model with planted members."""

WORLD = "world:"
"""Before a model: its synthetic people are meant."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The resolved settings of one run; every field is an option of `OPTIONS`."""

    model: tuple[str, ...]
    people: str | None
    layout: str
    membership: Path | None
    max_occurrences: int | None
    photos: tuple[int | Literal["all"], ...] | None
    bins: tuple[str, ...] | None
    names: str
    names_seed: int | None
    first_names: Path | None
    surnames: Path | None
    prompts: Path | None
    tau: int
    draws: int
    seed: int
    control: tuple[str, ...]
    device: str
    results: Path
    cache_dir: Path
    utility_labels: Path | None
    utility_captions: Path | None
    consent_basis: str | None
    skip_unreadable: bool
    offline: bool
    speed: bool
    tune: bool

    @property
    def world(self) -> Path | None:
        """The folder of the model on whose synthetic people the others are scored; None unless that was asked for."""
        is_world = self.people is not None and self.people.startswith(WORLD)
        return Path(self.people.removeprefix(WORLD)) if is_world and self.people is not None else None

    def to_json(self) -> dict[str, Any]:
        """Returns the settings as JSON values, to travel to other processes."""
        return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Settings":
        """Returns the settings that `to_json` wrote."""
        read = {}
        for field in fields(cls):
            value = values[field.name]
            if isinstance(value, list):
                value = tuple(value)
            elif value is not None and field.name in _PATHS:
                value = Path(value)
            read[field.name] = value
        return cls(**read)

    def described(self) -> str:
        """Returns one line for the header of a run."""
        people = f"people={self.people or ('toy' if self.model == (TOY_MODEL,) else 'of each model')}"
        photos = ",".join(map(str, self.photos)) if self.photos else "1,3,5…29,30,all"
        parts = [
            "models=" + " ".join(map(_shown, self.model)),
            people,
            f"photos={photos}",
            f"names={self.names}",
            f"tau={self.tau}",
            f"draws={self.draws}",
            f"seed={self.seed}",
            f"device={self.device}",
            f"results={self.results}",
        ]
        if self.membership:
            parts.insert(2, f"membership={self.membership}")
        if self.control:
            parts.insert(1, "controls=" + " ".join(self.control))
        rest = {name: getattr(self, name) for name in _SHOWN_IF_GIVEN}
        parts += [f"{name}={value}" for name, value in rest.items() if value is not None]
        parts += [f"bins={','.join(self.bins)}"] if self.bins else []
        parts += [name for name in ("skip_unreadable", "offline", "speed", "tune") if getattr(self, name)]
        return ", ".join(parts)


_CONTROLS = ("permuted", "random")
_INPUTS = ("first_names", "surnames", "prompts", "utility_labels", "utility_captions")
_PATHS = ("membership", *_INPUTS, "results", "cache_dir")
_SHOWN_IF_GIVEN = ("max_occurrences", "names_seed", *_INPUTS)


def resolve(
    command_line: Mapping[str, Sequence[str]],
    environment: Mapping[str, Sequence[str]],
    ini: Mapping[str, Sequence[str]],
    *,
    working_folder: Path,
    project_folder: Path,
) -> Settings:
    """Returns the settings: the command line over the environment over the ini file over the defaults.

    Args:
        command_line: Values by option name, for the options that were given; so for the other two.
        environment: The same, from environment variables.
        ini: The same, from the ini file.
        working_folder: What relative paths on the command line and in the environment are relative to.
        project_folder: What relative paths in the ini file, and the default results folder, are relative to.

    Raises:
        SettingError: A value cannot be used; the message names the option.
    """
    given: dict[str, tuple[Sequence[str], Path]] = {}
    for source, folder in (
        (ini, project_folder),
        (environment, working_folder),
        (command_line, working_folder),
    ):
        given |= {name: (values, folder) for name, values in source.items()}

    def text(name: str) -> str | None:
        values = given[name][0] if name in given else ()
        return values[-1].strip() if values else None

    def path(name: str) -> Path | None:
        value = text(name)
        return given[name][1] / Path(value).expanduser() if value else None

    def names() -> str:
        value = text("names") or DEFAULT_NAMES
        return str(path("names")) if value.lower().endswith(".csv") else value

    def number(name: str, default: int, minimum: int = 0) -> int:
        value = text(name)
        return default if value is None else _whole(value, _flag(name), minimum)

    def items(name: str) -> tuple[str, ...] | None:
        values = [item.strip() for value in given.get(name, ((), None))[0] for item in value.split(",")]
        return tuple(filter(None, values)) or None

    def several(name: str) -> tuple[str, ...]:
        return tuple(filter(None, (value.strip() for value in given.get(name, ((), None))[0])))

    def specs(name: str) -> tuple[str, ...]:
        folder = given.get(name, ((), working_folder))[1]
        named = (spec if spec in _CONTROLS else with_shipped_name(spec, shipped) for spec in several(name))
        return tuple(spec if folder == working_folder else _anchored(spec, folder) for spec in named)

    def whose() -> str | None:
        written = text("people") or ""
        if not written.startswith(WORLD):
            return str(path("people")) if written else None
        model = written.removeprefix(WORLD).strip()
        if model in shipped:
            return f"{WORLD}{shipped[model]}"
        folder = given["people"][1] / Path(model.removeprefix("local-dir:")).expanduser()
        if not folder.is_dir():
            raise SettingError(
                f"{_flag('people')} {written!r}: there is no shipped model and no folder {model!r}."
                f"{did_you_mean(model, list(shipped))}"
            )
        return f"{WORLD}{folder}"

    shipped = shipped_models(project_folder)
    people = whose()
    if people is not None and not several("model"):
        # The toy may score anybody when asked for by name; taken by default it would pass for a result.
        raise SettingError("--idia-people needs --idia-model, the model to score them with.")
    settings = Settings(
        model=specs("model") or tuple(f"local-dir:{folder}" for folder in shipped.values()) or (TOY_MODEL,),
        people=people,
        layout=text("layout") or "auto",
        membership=path("membership"),
        max_occurrences=None if text("max_occurrences") is None else number("max_occurrences", 1, minimum=1),
        photos=_sizes(items("photos")),
        bins=items("bins"),
        names=names(),
        names_seed=None if text("names_seed") is None else number("names_seed", 0),
        first_names=path("first_names"),
        surnames=path("surnames"),
        prompts=path("prompts"),
        tau=number("tau", 1, minimum=1),
        draws=number("draws", 20, minimum=1),
        seed=_seed(number("seed", 0)),
        control=specs("control"),
        device=text("device") or "auto",
        results=path("results") or project_folder / "results",
        cache_dir=path("cache_dir") or user_cache_path("idia"),
        utility_labels=path("utility_labels"),
        utility_captions=path("utility_captions"),
        consent_basis=text("consent_basis"),
        skip_unreadable=_switch(text("skip_unreadable"), "skip_unreadable"),
        offline=_switch(text("offline"), "offline"),
        speed=_switch(text("speed"), "speed"),
        tune=_switch(text("tune"), "tune"),
    )
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
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
        if kind not in _CONTROLS and not kind.startswith("random:"):
            raise SettingError(f"--idia-control must be 'permuted', 'random' or random:ARCH, got {kind!r}.")


def _shown(spec: str) -> str:
    if spec == TOY_MODEL:
        return "toy"
    folder = Path(spec.removeprefix("local-dir:"))
    return folder.name if is_shipped(folder) else spec


def _anchored(spec: str, folder: Path) -> str:
    """The specification with its folder or file, if it names one, relative to another folder than the current one."""
    for start in ("local-dir:", "random:local-dir:"):
        if spec.startswith(start):
            return start + str(folder / Path(spec.removeprefix(start)).expanduser())
    architecture, comma, weights = spec.partition(",")
    if comma and ":" not in architecture and looks_like_file(weights):
        return f"{architecture},{folder / Path(weights).expanduser()}"
    return spec


def _sizes(items: tuple[str, ...] | None) -> tuple[int | Literal["all"], ...] | None:
    if items is None:
        return None
    sizes = sorted({_whole(item, _flag("photos"), 1) for item in items if item != "all"})
    return (*sizes, "all") if "all" in items else tuple(sizes)


def _whole(value: str, flag: str, minimum: int) -> int:
    try:
        number = int(value)
    except ValueError:
        number = minimum - 1
    if number < minimum:
        raise SettingError(f"{flag} must be a whole number of at least {minimum}, got {value!r}.")
    return number


def _seed(seed: int) -> int:
    if seed >= 2**64:
        raise SettingError(f"{_flag('seed')} must be below 2**64, got {seed}.")
    return seed


def _switch(value: str | None, name: str) -> bool:
    if value is None:
        return False
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("", "0", "false", "no", "off"):
        return False
    raise SettingError(f"{_flag(name)} must be true or false, got {value!r}.")


def _flag(name: str) -> str:
    return next(option.flag for option in OPTIONS if option.name == name)
