"""Model specifications: one line of text that says which model to load, as the ecosystem writes it."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal, final, get_args

from idia.errors import SettingError

Kind = Literal["named", "hf-hub", "local-dir", "python"]
"""Where a model comes from: an open_clip architecture, the Hugging Face hub, a folder, or a Python factory."""

Activation = Literal["gelu", "quickgelu"]
"""The two activations that CLIP networks are trained with."""

FORMS = "ARCH,TAG, ARCH,FILE, hf-hub:ORG/REPO, local-dir:DIR, python:MODULE:FACTORY or, as a control, random:ARCH"

_RANDOM = "random:"
_CHECKPOINT_SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".npz", ".npy", ".tar", ".pkl")


@final
@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A parsed specification.

    Attributes:
        text: The specification as written.
        kind: Where the model comes from.
        target: The architecture, repository, folder, or `module:factory`.
        weights: Tag or file of the weights of a named architecture.
        seed: Seed of random weights; `None` for a trained model.
        activation: The activation asked for, whatever the tag or the architecture says.
    """

    text: str
    kind: Kind
    target: str
    weights: str | None = None
    seed: int | None = None
    activation: Activation | None = None

    @property
    def is_random(self) -> bool:
        """Whether the weights are drawn instead of loaded."""
        return self.seed is not None


def parse_spec(text: str) -> ModelSpec:
    """Returns what a specification asks for; looks at no file and loads nothing.

    >>> parse_spec("ViT-B-32-quickgelu,laion400m_e32").weights
    'laion400m_e32'

    Args:
        text: One of `ARCH,TAG`, `ARCH,FILE`, `hf-hub:ORG/REPO`, `local-dir:DIR`, `python:MODULE:FACTORY`, or
            `random:` before an architecture, repository or folder, with `@SEED` behind it if it is not 0. Those of
            open_clip may end in `?activation=gelu` or `?activation=quickgelu`.

    Raises:
        SettingError: It is none of these.
    """
    rest, activation = _split_activation(text.strip(), text)
    seed = None
    if rest.startswith(_RANDOM):
        rest, seed = _split_seed(rest.removeprefix(_RANDOM))
    spec = _parse_source(rest, text, is_random=seed is not None)
    if spec.kind == "python" and (activation or seed is not None):
        raise _unreadable(text, "a python: model decides its own activation and weights")
    return replace(spec, seed=seed, activation=activation)


def public_spec(text: str) -> str:
    """Returns a specification without the folders it names, fit for publication.

    >>> public_spec("ViT-B-32,/home/ada/runs/epoch_32.pt")
    'ViT-B-32,epoch_32.pt'

    Raises:
        SettingError: It is no specification.
    """
    spec = parse_spec(text)
    target = folder_name(spec.target) if spec.kind == "local-dir" else spec.target
    weights = None if spec.weights is None else file_name(spec.weights)
    return _written(replace(spec, target=target, weights=weights))


def random_counterpart(text: str) -> str:
    """Returns the specification of the same architecture with random weights: the control of a model.

    >>> random_counterpart("ViT-B-32-quickgelu,laion400m_e32")
    'random:ViT-B-32-quickgelu'

    Raises:
        SettingError: It is no specification, or one whose architecture nobody knows.
    """
    spec = parse_spec(text)
    if spec.kind == "python":
        raise SettingError(
            f"{text!r} has no counterpart with random weights: only its factory knows the architecture. "
            "Name a control of your own, such as random:ViT-B-32."
        )
    return _written(replace(spec, weights=None, seed=spec.seed or 0))


def looks_like_file(weights: str) -> bool:
    """Whether weights are meant as a file, though none of that name may exist: tags have no folders or suffixes."""
    return "/" in weights or "\\" in weights or weights.lower().endswith(_CHECKPOINT_SUFFIXES)


def file_name(path: str) -> str:
    """Returns the last part of a path of any system: records of one machine are read on another."""
    return PureWindowsPath(PurePosixPath(path).name).name


def local_path(path: str) -> Path:
    """Returns an absolute path to what a specification names, `~` and `..` resolved."""
    # Not pathlib, which raises for an unknown user's home.
    return Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111


def folder_name(folder: str) -> str:
    """Returns the name of a folder, also of `.` or `..`."""
    return local_path(folder).name or "model"


def _split_activation(rest: str, text: str) -> tuple[str, Activation | None]:
    match = re.fullmatch(r"(.*)\?(\w+)=(.*)", rest, flags=re.DOTALL)
    if match is None:
        return rest, None
    rest, option, value = match.groups()
    for activation in get_args(Activation):
        if (option, value) == ("activation", activation):
            return rest, activation
    raise _unreadable(text, f"?{option}={value} is no option; there are ?activation=gelu and ?activation=quickgelu")


def _split_seed(rest: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.*)@([0-9]{1,18})", rest, flags=re.DOTALL)
    return (match[1], int(match[2])) if match else (rest, 0)


def _parse_source(rest: str, text: str, *, is_random: bool) -> ModelSpec:
    scheme, colon, target = rest.partition(":")
    if colon and scheme == "hf-hub":
        if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", target):
            raise _unreadable(text, "a repository of the hub is written hf-hub:ORG/REPO")
        return ModelSpec(text, "hf-hub", target)
    if colon and scheme == "local-dir":
        if not target.strip() or "\0" in target:
            raise _unreadable(text, "local-dir: needs a folder")
        return ModelSpec(text, "local-dir", target)
    if colon and scheme == "python":
        if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*", target):
            raise _unreadable(text, "a factory is written python:package.module:function")
        return ModelSpec(text, "python", target)
    return _parse_named(rest, text, is_random=is_random)


def _parse_named(rest: str, text: str, *, is_random: bool) -> ModelSpec:
    architecture, comma, weights = (part.strip() for part in rest.partition(","))
    if is_random:
        if comma or not architecture or ":" in architecture:
            raise _unreadable(text, "random weights belong to an architecture or a folder alone: random:ViT-B-32")
        return ModelSpec(text, "named", _clean(architecture))
    if not architecture or ":" in architecture or "\0" in weights:
        raise _unreadable(text)
    if not weights:
        hint = f"{architecture!r} names no weights: add a tag or a file after a comma"
        if "/" in architecture:
            hint += f", or write hf-hub:{architecture} or local-dir:{architecture}"
        raise _unreadable(text, hint)
    return ModelSpec(text, "named", _clean(architecture), weights=weights)


def _clean(architecture: str) -> str:
    """The name as open_clip lists it; the original CLIP wrote `ViT-B/32`."""
    return architecture.replace("/", "-")


def _written(spec: ModelSpec) -> str:
    text = spec.target if spec.kind == "named" else f"{spec.kind}:{spec.target}"
    if spec.weights is not None:
        text += f",{spec.weights}"
    if spec.is_random:
        text = _RANDOM + text + (f"@{spec.seed}" if spec.seed else "")
    return text + (f"?activation={spec.activation}" if spec.activation else "")


def _unreadable(text: str, hint: str = "") -> SettingError:
    because = f": {hint}" if hint else ""
    return SettingError(f"cannot read the model specification {text!r}{because}. Expected {FORMS}.")
