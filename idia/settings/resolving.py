"""Which of several values holds: the command line over the environment over the ini file over the defaults."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path

from idia.errors import SettingError
from idia.models.folders import did_you_mean, packaged_models, shipped_models, with_shipped_name
from idia.models.specs import looks_like_file
from idia.options import DEFAULT_NAMES, OPTIONS
from idia.settings.checks import check_together
from idia.settings.text_only import checked_modes, checked_reference
from idia.settings.values import TOY_MODEL, WORLD, Settings

GATES_FILE = "idia-gates.toml"
"""The gates of a project, where nobody names another file."""


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

    def text_only() -> tuple[str, ...] | None:
        modes = checked_modes(items("text_only") or ())
        # Whoever names models is not kept waiting by an attack they did not ask for.
        return modes or (("off",) if several("model") else None)

    def text_reference() -> str | None:
        written = text("text_reference")
        if not written:
            return None
        return checked_reference(str(path("text_reference")) if written.lower().endswith(".csv") else written)

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
        written = several(name)
        named = (with_shipped_name(each, known) if name == "model" or ":" in each else each for each in written)
        return tuple(spec if folder == working_folder else _anchored(spec, folder) for spec in named)

    def whose() -> str | None:
        written = text("people") or ""
        if not written.startswith(WORLD):
            return str(path("people")) if written else None
        model = written.removeprefix(WORLD).strip()
        if model in known:
            return f"{WORLD}{known[model]}"
        folder = given["people"][1] / Path(model.removeprefix("local-dir:")).expanduser()
        if not folder.is_dir():
            raise SettingError(
                f"{_flag('people')} {written!r}: there is no shipped model and no folder {model!r}."
                f"{did_you_mean(model, list(known))}"
            )
        return f"{WORLD}{folder}"

    def gates() -> Path | None:
        committed = project_folder / GATES_FILE
        return path("gates") or (committed if committed.is_file() else None)

    shipped = shipped_models(project_folder)
    # Those of the package may be named anywhere; only a project's own are scored without being asked for.
    known = {**packaged_models(), **shipped}
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
        decoys=None if text("decoys") is None else number("decoys", 0),
        text_only=text_only(),
        text_reference=text_reference(),
        text_faces=path("text_faces"),
        text_photos=_switch(text("text_photos"), "text_photos"),
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
        baseline=path("baseline"),
        fail=items("fail") or (),
        gates=gates(),
        update_baseline=_switch(text("update_baseline"), "update_baseline"),
    )
    check_together(settings)
    return settings


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
