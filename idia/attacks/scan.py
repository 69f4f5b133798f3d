"""From photos and names to the best name of every photo: names flow by, and only the best so far are kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float32, Int64
from torch import Tensor

from idia import __version__
from idia.attacks.scan_state import ScanState, scan_key
from idia.errors import SettingError
from idia.kernels import Standing, compared
from idia.kernels.gpu import unusable
from idia.models import EmbeddingCache, Model, Progress, as_prompt_model, encode_prompts
from idia.models.cache import MOST_TEXTS
from idia.models.devices import device_of
from idia.models.locks import tell
from idia.names import NamePool
from idia.prompts import PromptTemplates
from idia.timing import Stage, untimed

_CHUNK = 8 << 20  # bytes of embeddings of a chunk of names
_CUDA_CHUNK = 256 << 20  # the same on a graphics card: assumed, not measured, to be work enough to be worth the way
_PER_PAIR = 32  # bytes that stand for a photo and a prompt
_SORTED = 1 << 16  # names brought into order together
_GROUP = 64  # names encoded together by a model that does not say how many it takes


@final
@dataclass(frozen=True, eq=False)
class NameScan:
    """Looks through all names for the best of each photo, in each prompt.

    Names are encoded and compared chunk by chunk: memory does not depend on how many there are. Where more prompts are
    encoded than can be kept, what was found so far is written down after every chunk, and a scan that was interrupted
    goes on from there. Names are compared on the CUDA device on which the model runs, otherwise on the CPU.

    Attributes:
        model: The model under audit.
        names: The candidate names.
        prompts: The prompt templates.
        cache: Where embeddings and unfinished scans are kept.
    """

    model: Model
    names: NamePool
    prompts: PromptTemplates
    cache: EmbeddingCache

    def best(
        self, images: Float32[Tensor, "photos dim"], *, progress: Progress | None = None, stage: Stage = untimed
    ) -> Standing:
        """Returns the best names of photos.

        Args:
            images: Embeddings of the photos `[photos, dim]`.
            progress: Told how many names are done.
            stage: Told how long `encoding prompts` and `predicting` last.

        Raises:
            ModelError: The model does not return unit-norm embeddings.
            SettingError: What was found so far cannot be written down, or the device has too little memory.
        """
        state = self._state(images)
        at_start = Standing.at_start(len(images), len(self.prompts))
        if state is None:
            return self._completed(images, None, 0, at_start, progress, stage)
        n_done, standing = state.read(at_start)
        if n_done == len(self.names):  # the folder need not be writable
            return self._completed(images, None, n_done, standing, progress, stage)
        with state.held(lambda: tell(progress, n_done, len(self.names))):
            # Another process may have gone on while this one waited.
            return self._completed(images, state, *state.read(at_start), progress, stage)

    def _completed(
        self,
        images: Float32[Tensor, "photos dim"],
        state: ScanState | None,
        n_done: int,
        standing: Standing,
        progress: Progress | None,
        stage: Stage,
    ) -> Standing:
        n_names, device = len(self.names), _compared_on(self.model)
        if progress is not None:
            progress("names", n_done, n_names)
        for positions in self._chunks(n_done, len(images), device):
            names = [self.names.names[position] for position in positions]
            with stage("encoding prompts"):
                texts = self._encoded(names)
            with stage("predicting"), _enough_memory(device, len(images), texts):
                # In the order of the pool, so that the first of equal names is the first of the pool.
                ascending = np.argsort(positions)
                images = images.to(device)  # the first chunk takes them there
                made = compared(images, texts.to(device)[:, torch.from_numpy(ascending).to(device)])
                standing = standing.merged(made.placed(positions[ascending]))
            n_done += len(positions)
            if state is not None:
                state.write(n_done, standing)
            if progress is not None:
                progress("names", n_done, n_names)
        return standing

    @property
    def _is_long(self) -> bool:
        return len(self.prompts) * len(self.names) > MOST_TEXTS

    @property
    def _group(self) -> int:
        prompting = as_prompt_model(self.model)
        return _GROUP if prompting is None else prompting.names_per_pass

    def _chunks(self, n_done: int, n_photos: int, device: torch.device) -> Iterator[Int64[np.ndarray, " names"]]:
        """Positions of names that are encoded together: neighbours in the alphabet share most of their prompts.

        A chunk begins where a group of the model does, so that embeddings depend neither on the size of chunks nor on
        where a scan was interrupted.
        """
        per_name = len(self.prompts) * self.model.info.embedding_dim * torch.float32.itemsize
        # With very many photos, what is written down after a chunk is no more than the chunk itself.
        most = max(_CUDA_CHUNK if device.type == "cuda" else _CHUNK, n_photos * len(self.prompts) * _PER_PAIR)
        size = max(1, most // (per_name * self._group)) * self._group
        names = self.names.names
        for first in range(0, len(names), _SORTED):
            if first + _SORTED <= n_done:
                continue
            positions = range(first, min(first + _SORTED, len(names)))
            alphabetical = np.array(sorted(positions, key=names.__getitem__))
            for start in range(max(0, n_done - first), len(alphabetical), size):
                yield alphabetical[start : start + size]

    def _encoded(self, names: Sequence[str]) -> Float32[Tensor, "prompts names dim"]:
        if self._is_long:
            return encode_prompts(self.model, self.prompts, names)
        return self.cache.prompts(self.model, self.prompts, names)

    def _state(self, images: Float32[Tensor, "photos dim"]) -> ScanState | None:
        folder, info = self.cache.folder, self.model.info
        if not self._is_long or folder is None or not info.weights_sha256 or not info.tokenizer_sha256:
            return None
        described: list[str | int] = [
            __version__,
            *(info.weights_sha256, info.tokenizer_sha256, info.library, info.architecture, info.activation),
            *(info.precision, self.cache.computed_with("texts"), self.names.sha256, self.prompts.sha256),
            *(self._group, _SORTED),
        ]
        return ScanState(folder / "scans", scan_key(described, images))


def _compared_on(model: Model) -> torch.device:
    """Where embeddings of a model are compared."""
    device = device_of(model)
    # Not on `mps`, which has no float64; and where everything would be compared in float64, the CPU is quicker.
    return device if device.type == "cuda" and not unusable(device) else torch.device("cpu")


@contextmanager
def _enough_memory(device: torch.device, n_photos: int, texts: Float32[Tensor, "prompts names dim"]) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise SettingError(
            f"{device} has too little memory left to compare {n_photos:,} photos with {texts.shape[1]:,} names in "
            f"{texts.shape[0]} prompts at a time. Free some of it, attack fewer people at once, or choose another "
            "device with --idia-device, such as cpu."
        ) from error
