"""`cosine_argmax`: which name does the model choose for a photo, prompt by prompt?"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from idia.errors import SettingError, ShapeError
from idia.kernels import cpu, quantised, reference
from idia.kernels.gpu import support
from idia.kernels.standing import NEAR_TIE, Standing

if TYPE_CHECKING:  # what imports Triton
    from idia.kernels.gpu.rounding import RoundedNames
    from idia.kernels.gpu.settling import Settled

Array: TypeAlias = np.ndarray | Tensor
"""Embeddings and answers: answers are of the kind (torch or numpy) of the photos' embeddings."""

Used: TypeAlias = Literal["reference", "cpu", "cpu-int8", "triton"]
"""Who computes the answer, which is the same whoever does."""

Backend: TypeAlias = Literal["auto"] | Used
"""Who is asked to: `auto` leaves the choice to this package."""

_BACKENDS = ("auto", "reference", "cpu", "cpu-int8", "triton")

_FEWEST_PACKED, _SHORTEST_PACKED = 32, 32  # names and dimensions below which float32 is as quick


@dataclass(frozen=True, slots=True)
class BestNames:
    """The name chosen for every photo and prompt.

    Attributes:
        indices: Index of the chosen name `[photos, prompts]`, int64.
        similarities: Its float64 similarity `[photos, prompts]`.
        near_tie_rate: Fraction of (photo, prompt) pairs in which another name comes within 1e-6 of the largest
            similarity, so that float32 arithmetic could have chosen differently.
        rescored_rate: Fraction that the backend could not settle by a quick comparison; 1 for `reference`.
    """

    indices: Int[Array, "photos prompts"]
    similarities: Float[Array, "photos prompts"]
    near_tie_rate: float
    rescored_rate: float


@final
@dataclass(frozen=True, eq=False)
class PreparedTexts:
    """Text embeddings that were checked and packed once, to be compared with any number of photos.

    Attributes:
        texts: The embeddings `[prompts, names, dim]`.
        backend: Who will compare them.
    """

    texts: Float[Tensor, "prompts names dim"] = field(repr=False)
    backend: Used
    _on_cpu: tuple[cpu.PreparedNames, ...] = field(default=(), repr=False)
    _on_gpu: "RoundedNames | None" = field(default=None, repr=False)

    def compare(self, photos: Float[Tensor, "photos dim"]) -> Standing:
        """Returns the best names of photos that were checked already."""
        settled = self.settled(photos)
        if settled is not None:
            return replace(settled.standing(), backend=self.backend)
        if self._on_cpu and cpu.is_applicable(photos):
            return replace(cpu.compare(photos, self._on_cpu), backend=self.backend)
        return replace(reference.compare(photos, self.texts), backend="reference")

    def settled(self, photos: Float[Tensor, "photos dim"]) -> "Settled | None":
        """Returns the answer on the GPU, if that is where it is computed."""
        if self._on_gpu is None or not len(photos) or not support.is_applicable(photos):
            return None
        from idia.kernels.gpu.settling import compare

        return compare(photos, self._on_gpu)


def prepare_texts(texts: Float[Array, "prompts names dim"], *, impl: Backend = "auto") -> PreparedTexts:
    """Returns a copy of text embeddings, checked and packed, for `cosine_argmax` to compare with photos more than once.

    Args:
        texts: Unit-norm text embeddings `[prompts, names, dim]`; taken as given, never re-normalised.
        impl: The backend, as for `cosine_argmax`.

    Raises:
        ShapeError: The shape does not fit, or an embedding is not finite.
        SettingError: There is no backend of that name, or it cannot be used here.
    """
    return _prepared(texts, impl, is_copied=True)


def cosine_argmax(
    images: Float[Array, "photos dim"],
    texts: Float[Array, "prompts names dim"] | PreparedTexts,
    *,
    impl: Backend = "auto",
) -> BestNames:
    """Returns the name most similar to each photo, for each prompt.

    Computes `similarities = images.double() @ texts.double().mT` and takes the lowest index whose similarity is within
    1e-12 of the maximum, without ever holding more than a slice of the similarities. (The order in which a machine adds
    up a float64 dot product changes its last bits; ties must not depend on it.)

    Args:
        images: Unit-norm image embeddings `[photos, dim]`; taken as given, never re-normalised.
        texts: Unit-norm text embeddings `[prompts, names, dim]` on the same device, or what `prepare_texts` made of
            them.
        impl: The backend; `auto` chooses one, and every backend gives the same answer: `reference` computes everything
            in float64, `cpu` only what float32 cannot settle, `cpu-int8` only what 8-bit numbers and float32 cannot,
            `triton` on an NVIDIA GPU only what float16 cannot. Texts that are prepared have theirs.

    Raises:
        ShapeError: The shapes do not fit, or an embedding is not finite.
        SettingError: There is no backend of that name, it cannot be used here, or the devices differ.

    >>> best = cosine_argmax(np.eye(2), np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]]))
    >>> best.indices.tolist()
    [[0], [1]]
    """
    photos, ready = _checked(images, texts, impl)
    settled = ready.settled(photos)
    if settled is not None and isinstance(images, Tensor):
        return _answer(settled)
    standing = ready.compare(photos)
    n_pairs = max(standing.indices.size, 1)
    rates = standing.near_ties / n_pairs, standing.n_rescored / max(standing.n_compared, 1)
    if isinstance(images, Tensor):
        indices, similarities = torch.from_numpy(standing.indices), torch.from_numpy(standing.similarities)
        return BestNames(indices.to(images.device), similarities.to(images.device), *rates)
    return BestNames(standing.indices, standing.similarities, *rates)


def compared(
    images: Float[Array, "photos dim"],
    texts: Float[Array, "prompts names dim"] | PreparedTexts,
    *,
    impl: Backend = "auto",
) -> Standing:
    """Returns the same as `cosine_argmax` in a form that can be merged with that of other names.

    Raises:
        ShapeError: The shapes do not fit, or an embedding is not finite.
        SettingError: There is no backend of that name, it cannot be used here, or the devices differ.
    """
    photos, ready = _checked(images, texts, impl)
    return ready.compare(photos)


def _answer(settled: "Settled") -> BestNames:
    """What stays on the GPU, but for two rates."""
    n_near = int((settled.runners_up >= settled.maxima - NEAR_TIE).sum())
    n_pairs = settled.indices.numel()
    indices, similarities = settled.indices.T.contiguous(), settled.similarities.T.contiguous()
    return BestNames(indices, similarities, n_near / n_pairs, settled.n_rescored / n_pairs)


def _checked(
    images: Float[Array, "photos dim"], texts: Float[Array, "prompts names dim"] | PreparedTexts, impl: Backend
) -> tuple[Tensor, PreparedTexts]:
    """The photos, and the texts made ready; or an error."""
    photos = _floating(images, "images")
    if photos.ndim != 2:
        raise ShapeError(f"images must have shape (photos, dim), got {tuple(photos.shape)}.")
    dim = photos.shape[1]
    given = texts.texts if isinstance(texts, PreparedTexts) else texts
    _check_kind(given, "texts")
    shape = tuple(given.shape)
    if len(shape) != 3 or shape[2] != dim:
        hint = " Add a prompt axis: texts[None]." if shape[1:] == (dim,) else ""
        raise ShapeError(f"texts must have shape (prompts, names, {dim}), got {shape}.{hint}")
    if photos.device != (device := given.device if isinstance(given, Tensor) else torch.device("cpu")):
        raise SettingError(f"images are on {photos.device} and texts on {device}: move one of them, with .to(device).")
    _check_finite(photos, "images")
    ready = texts if isinstance(texts, PreparedTexts) else _prepared(texts, impl)
    if impl not in ("auto", ready.backend):
        raise SettingError(f"these texts were prepared for impl {ready.backend!r}, got {impl!r}. Leave impl out.")
    return photos, ready


def _prepared(texts: Float[Array, "prompts names dim"], impl: Backend, *, is_copied: bool = False) -> PreparedTexts:
    if impl not in _BACKENDS:
        raise SettingError(f"impl must be one of {', '.join(map(repr, _BACKENDS))}, got {impl!r}.")
    prompts = _floating(texts, "texts")
    prompts = prompts.clone() if is_copied else prompts
    if prompts.ndim != 3:
        hint = " Add a prompt axis: texts[None]." if prompts.ndim == 2 else ""
        raise ShapeError(f"texts must have shape (prompts, names, dim), got {tuple(prompts.shape)}.{hint}")
    if prompts.shape[1] == 0:
        raise ShapeError("texts must hold at least one name, got none.")
    _check_finite(prompts, "texts")
    backend = _chosen(prompts) if impl == "auto" else impl
    problem = _problem(prompts, backend) if impl != "auto" else ""
    if problem:
        raise SettingError(f"impl {backend!r} {problem}. Use 'auto' or 'reference'.")
    if backend == "reference" or 0 in prompts.shape:
        return PreparedTexts(prompts, backend)
    if backend == "triton":
        from idia.kernels.gpu.rounding import RoundedNames

        return PreparedTexts(prompts, backend, _on_gpu=RoundedNames(prompts, keeps_all=is_copied))
    screen: cpu.Screen = "int8" if backend == "cpu-int8" else "float32"
    return PreparedTexts(prompts, backend, tuple(cpu.prepared(names, screen) for names in prompts))


def _problem(texts: Tensor, backend: Used) -> str:
    """Why a backend cannot be used for texts, or nothing."""
    if backend == "triton":
        if missing := support.unusable(texts.device):
            return f"cannot be used: {missing}"
        return "" if support.is_applicable(texts) else f"needs embeddings {support.NEEDED}"
    if backend != "reference" and not cpu.is_applicable(texts):
        return (
            "needs embeddings on the CPU, no longer than 1e15, and float32 products of full precision "
            "(torch.set_float32_matmul_precision('highest'))"
        )
    if backend == "cpu-int8" and not _has_quick_8_bits(texts):
        return (
            "needs a processor with AVX-512 VNNI, a torch that multiplies 8-bit numbers exactly, and at most "
            f"{quantised.MOST_DIMS:,} dimensions"
        )
    return ""


def _chosen(texts: Tensor) -> Used:
    if texts.device.type == "cuda":
        return "reference" if texts.shape[1] < _FEWEST_PACKED or _problem(texts, "triton") else "triton"
    if not cpu.is_applicable(texts):
        return "reference"
    is_worth_packing = texts.shape[1] >= _FEWEST_PACKED and texts.shape[2] >= _SHORTEST_PACKED
    return "cpu-int8" if is_worth_packing and _has_quick_8_bits(texts) else "cpu"


def _has_quick_8_bits(texts: Tensor) -> bool:
    return texts.shape[2] <= quantised.MOST_DIMS and quantised.is_exact()


def _check_kind(array: Array, name: str) -> None:
    if not isinstance(array, np.ndarray | Tensor):
        raise ShapeError(f"{name} must be a torch tensor or a numpy array, got {type(array).__name__}.")


def _check_finite(tensor: Tensor, name: str) -> None:
    # The extremes take no memory; NaN is both of them.
    if tensor.numel() and not all(bool(extreme.isfinite()) for extreme in tensor.aminmax()):
        raise ShapeError(f"{name} must be finite, got NaN or infinity. Check the model's embeddings.")


def _floating(array: Array, name: str) -> Tensor:
    """The embeddings as a tensor of float32 or float64."""
    _check_kind(array, name)
    if isinstance(array, Tensor):
        tensor = array.detach()
    else:
        if array.dtype.kind != "f" or array.dtype.itemsize > 8:
            raise ShapeError(f"{name} must hold float16, float32 or float64 embeddings, got {array.dtype}.")
        # torch shares memory only with arrays in the machine's byte order that may be written to.
        native = array.dtype.newbyteorder("=")
        tensor = torch.from_numpy(np.require(array, dtype=native, requirements=["C", "W"]))
    if not tensor.is_floating_point():
        raise ShapeError(f"{name} must hold floating-point embeddings, got {tensor.dtype}.")
    # Every shorter kind of number is a float32; on a GPU it becomes one where it is needed.
    return tensor if tensor.dtype == torch.float64 or tensor.device.type == "cuda" else tensor.float()
