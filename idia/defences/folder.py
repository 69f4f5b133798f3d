"""A changed model as a folder that open_clip loads: whole, or not there."""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from open_clip.transform import PreprocessCfg
from safetensors.torch import save

from idia.defences.text_tower import fits_half
from idia.errors import ModelError, SettingError
from idia.models import load_model
from idia.models.open_clip_model import OpenClipModel
from idia.models.open_clip_sources import Source
from idia.models.specs import local_path
from idia.training.export import CONFIG, WEIGHTS

_LEFTOVER = ".idia-tmp"


def check_free(out: Path) -> None:
    """Raises `SettingError` if there is something at the place of a folder to be written, other than an empty one."""
    try:
        is_taken = out.is_symlink() or (any(out.iterdir()) if out.is_dir() else out.exists())
    except OSError as error:
        raise _unwritable(out, error) from None
    if is_taken:
        raise SettingError(
            f"--out {str(out)!r} exists already. Choose another folder, or delete it; nothing was changed."
        )


@contextmanager
def written_at_once(out: Path) -> Iterator[Path]:
    """Yields an empty folder that takes its place only when it is filled; until then, nothing is there.

    Args:
        out: Where it is to be; its parents are created.

    Raises:
        SettingError: Something is there by now, or it cannot be written.
    """
    staging = out.parent / f".{out.name[:80]}.{secrets.token_hex(8)}{_LEFTOVER}"
    try:
        staging.mkdir(parents=True)
        yield staging
        check_free(out)
        if out.is_dir():
            out.rmdir()  # empty; Windows renames over nothing
        staging.rename(out)
    except OSError as error:
        raise _unwritable(out, error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_model(folder: Path, model: OpenClipModel, source: Source) -> dict[str, Any]:
    """Writes weights, configuration and tokenizer, and returns the configuration of the network.

    Weights that fit into 16 bits, all of them, are stored with 16 bits.

    Args:
        folder: An empty folder.
        model: The model.
        source: What the model that it was made from amounts to.

    Raises:
        ModelError: Its tokenizer cannot be stored.
        OSError: The folder cannot be written.
    """
    is_half = fits_half(model.network)
    state = {
        name: value.detach().to("cpu", copy=True).contiguous() for name, value in model.network.state_dict().items()
    }
    stored = {name: value.half() if is_half and value.is_floating_point() else value for name, value in state.items()}
    (folder / WEIGHTS).write_bytes(save(stored))  # not save_file: its files are readable by their owner alone
    known = asdict(PreprocessCfg())
    config = dict(source.config)
    document = {
        "model_cfg": config,
        "preprocess_cfg": {key: value for key, value in source.preprocess.items() if key in known},
    }
    (folder / CONFIG).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    _write_tokenizer(folder, model, source)
    return config


def check_written(folder: Path, model: OpenClipModel) -> None:
    """Loads a written folder again, and raises `ModelError` unless it holds the very model."""
    found = load_model(f"local-dir:{folder}", device="cpu").info
    for what, expected, got in (
        ("weights", model.info.weights_sha256, found.weights_sha256),
        ("tokenizer", model.info.tokenizer_sha256, found.tokenizer_sha256),
        ("preprocessing", model.info.preprocess_sha256, found.preprocess_sha256),
    ):
        if expected != got:
            raise ModelError(
                f"{model.info.name!r} cannot be written as a folder that open_clip loads: the {what} would be others. "
                "Export the original as such a folder first, and name that."
            )


def _write_tokenizer(folder: Path, model: OpenClipModel, source: Source) -> None:
    text = source.config["text_cfg"]
    inner: Any = getattr(model.tokenizer, "tokenizer", None)
    if text.get("hf_tokenizer_name") and inner is not None:
        inner.save_pretrained(folder)
        return
    vocabulary = (text.get("tokenizer_kwargs") or {}).get("bpe_path")
    if vocabulary is None:
        return  # open_clip's own
    if source.spec.kind != "local-dir":
        raise ModelError(
            f"the tokenizer file {vocabulary!r} of {source.spec.text!r} is not at hand. Download the whole repository "
            "and name its folder: local-dir:DIR."
        )
    target = folder / vocabulary
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(local_path(source.spec.target) / vocabulary, target)


def _unwritable(out: Path, error: OSError) -> SettingError:
    reason = (error.strerror or str(error)).lower()
    return SettingError(f"cannot write to --out {str(out)!r}: {reason}. Choose a folder you may write to.")
