"""Files of the Hugging Face hub: from its cache if they are there, else downloaded, else one clear error.

The cache is asked first and the network only for what is missing, so that a model once downloaded loads anywhere, at
once, and as the same weights.
"""

import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError
from open_clip.constants import HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME
from open_clip.pretrained import download_pretrained_from_hf

from idia.errors import ModelError, UnknownModelError

CONFIG_FILE = "open_clip_config.json"

_PROBE_SECONDS = 5.0


def weight_files(file: str = "") -> tuple[str, ...]:
    """Returns under which names a repository may hold weights, the safest first.

    Args:
        file: The name that open_clip's list of tags gives; its default name if empty.
    """
    if not file or file == HF_WEIGHTS_NAME:
        return (HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME)
    path = Path(file)
    return (path.with_suffix(".safetensors").name, file) if path.suffix in {".bin", ".pth"} else (file,)


def fetch(repository: str, files: Sequence[str], *, wanted_for: str, fetch_command: str) -> Path:
    """Returns the path of the first of these files that can be had.

    Args:
        repository: `ORG/REPO`.
        files: Names of one thing, the preferred first; the last is the one that open_clip asks for.
        wanted_for: The model specification, for the message.
        fetch_command: What to run on a connected machine.

    Raises:
        UnknownModelError: The hub knows no such repository.
        ModelError: The file is not in the cache and cannot be downloaded; within seconds if there is no network.
    """
    for file in files:
        if (path := _cached(repository, file)) is not None:
            return path
    obstacle = offline_reason()
    if obstacle is None:
        try:
            return Path(download_pretrained_from_hf(repository, filename=files[-1]))
        except OSError as error:  # open_clip turns whatever went wrong into FileNotFoundError
            cause = error.__cause__ or error.__context__ or error
            if isinstance(cause, (RepositoryNotFoundError, HFValidationError)) and not isinstance(
                cause, GatedRepoError
            ):
                raise UnknownModelError(
                    f"{wanted_for!r}: {constants.ENDPOINT} shows no repository {repository!r}. Check its name; if it "
                    "is private, log in with `hf auth login`."
                ) from None
            obstacle = f"the download failed ({first_line(cause)})"
    raise ModelError(
        f"{wanted_for!r} needs {' or '.join(files)} of {constants.ENDPOINT}/{repository}, which is not in the Hugging "
        f"Face cache {constants.HF_HUB_CACHE}, and {obstacle}. On a connected machine run\n    {fetch_command}\n"
        "and copy its Hugging Face cache here, or set HF_HUB_CACHE to where it is."
    )


def offline_reason() -> str | None:
    """Returns why the hub cannot be reached, in words; `None` if it can, as far as can be told in seconds.

    The hub's own client would try for a minute before it gave up.
    """
    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    if getproxies():
        return None
    address = urlsplit(constants.ENDPOINT)
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname or "", port), timeout=_PROBE_SECONDS).close()
    except OSError as error:
        return f"{address.netloc} cannot be reached ({first_line(error)})"
    return None


def _cached(repository: str, file: str) -> Path | None:
    try:
        path = huggingface_hub.try_to_load_from_cache(repository, file)
    except HFValidationError:
        return None
    return Path(path) if isinstance(path, str) else None


def first_line(error: BaseException) -> str:
    """Returns what an error of another library says, without the advice that follows."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
