"""From photos to what a network makes of them: opened and turned into pixels on all cores, in their order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar, final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from idia.errors import ModelError
from idia.parallel import in_order
from idia.photos import Photo, open_photo

Unopened = Path | Image.Image
"""A photo in a file, to be opened by any thread; or an upright picture of mode `RGB`, as it is."""

_MOST_THREADS = 16  # each may hold several copies of a picture of the largest size

_Item = TypeVar("_Item")


@final
class Pictures(Iterator[Image.Image]):
    """Photos on their way into a model, each opened when it is needed.

    A model may simply take the pictures one by one: as many files as there are cores are then opened together, and
    nothing goes on while the model is busy. An adapter that opens and transforms them on workers of its own takes them
    `unopened` instead. None is ever left out: after an error there are no further ones.

    Args:
        photos: Files, or pictures in memory.
        taken: Told the position of each photo as it is taken, in the thread that takes it.
    """

    def __init__(self, photos: Sequence[Photo], taken: Callable[[int], None] = lambda _: None) -> None:
        self._photos = iter(photos)
        self._taken = taken
        self._n_taken = 0
        self._opened: Iterator[Image.Image] | None = None
        self._unopened: Iterator[Unopened] | None = None
        self._error: BaseException | None = None

    def __next__(self) -> Image.Image:
        """The next picture.

        Raises:
            UnreadablePhotoError: It, or one of the few that are opened together with it, cannot be decoded; from then
                on at every call.
            ModelError: They were taken unopened.
        """
        if self._unopened is not None:
            raise ModelError("pictures that were taken unopened cannot be taken one by one as well. Use one of both.")
        if self._opened is None:
            self._opened = self._all_opened()
        return self._counted(self._opened)

    def unopened(self) -> Iterator[Unopened]:
        """Takes all: files as they are, and what is in memory opened at once, which takes no time.

        Raises:
            ModelError: Some were taken already, and others opened with them.
        """
        if self._opened is not None or self._unopened is not None:
            raise ModelError(
                "pictures of which some were taken cannot be taken unopened: a few more are open by then. A model that "
                "looks at the first one hands on `itertools.chain([first], pictures)`."
            )
        self._unopened = (photo if isinstance(photo, Path) else open_photo(photo) for photo in self._photos)
        return iter(partial(self._counted, self._unopened), None)

    def _counted(self, photos: Iterator[_Item]) -> _Item:
        if self._error is not None:
            raise self._error
        try:
            photo = next(photos)
            self._taken(self._n_taken)
        except StopIteration:
            raise
        except BaseException as error:
            # An iterator that failed seems to have ended: whoever asks again must not take that for all there was.
            self._error = error
            raise
        self._n_taken += 1
        return photo

    def _all_opened(self) -> Iterator[Image.Image]:
        n_threads = _n_threads()
        for photos in _batches(self._photos, n_threads):
            # Threads are started for what has to be read and decoded, not for what is in memory.
            with in_order(open_photo, photos, n_threads if _any_file(photos) else 1) as opened:
                pictures = deque(opened)
            while pictures:
                yield pictures.popleft()


@contextmanager
def in_batches(
    images: Iterable[Image.Image],
    transform: Callable[[Image.Image], Tensor],
    encode: Callable[[Tensor], Tensor],
    *,
    size: int,
    device: torch.device,
    n_workers: int,
) -> Iterator[Iterator[Tensor]]:
    """Yields an iterator over what a network makes of pictures, batch by batch in their order.

    A small network, with several workers, takes whole batches side by side, and each worker opens its own files. A
    large one has all cores to itself while it computes, and lends them to the pictures between two batches. One on
    another device has its next batch made ready while it computes. At most two batches of pixels, and one picture per
    thread, are held beside what the workers are busy with.

    Args:
        images: Upright pictures; files among `Pictures` are opened by whoever transforms them.
        transform: From a picture to pixels `[3, height, width]`; free to be called from several threads.
        encode: The network, from pixels `[n, 3, height, width]`; likewise where there are several workers.
        size: Pictures in a batch.
        device: Where the network is.
        n_workers: How many batches a small network takes side by side.
    """
    photos: Iterable[Unopened] = images.unopened() if isinstance(images, Pictures) else images

    def pixels(photo: Unopened) -> Float[Tensor, "3 height width"]:
        picture = open_photo(photo) if isinstance(photo, Path) else photo
        # Before the transform: a palette would be resized without interpolation.
        return transform(picture.convert("RGB"))

    def stacked(batch: Sequence[Unopened]) -> Float[Tensor, "n 3 height width"]:
        return torch.stack([pixels(photo) for photo in batch])

    def stacked_on_all_cores(batch: Sequence[Unopened]) -> Float[Tensor, "n 3 height width"]:
        with in_order(pixels, batch, _n_threads()) as prepared:
            return torch.stack(list(prepared))

    def made_ready(batch: Sequence[Unopened]) -> Callable[[], Tensor]:
        # Small pictures in memory take so little that threads would only fight for the interpreter.
        return partial(stacked, batch) if _any_file(batch) else partial(_itself, stacked(batch))

    if n_workers > 1:
        batches = (made_ready(batch) for batch in _batches(photos, size))
        with in_order(lambda batch: encode(batch()), batches, n_workers) as results:
            yield results
    elif device.type == "cpu":
        yield (encode(stacked_on_all_cores(batch)) for batch in _batches(photos, size))
    else:
        with in_order(pixels, photos, _n_threads(), n_ahead=size) as prepared:
            yield (encode(torch.stack(batch)) for batch in _batches(prepared, size))


def _any_file(photos: Sequence[Photo]) -> bool:
    return any(isinstance(photo, Path) for photo in photos)


def _itself(item: _Item) -> _Item:
    return item


def _n_threads() -> int:
    return min(torch.get_num_threads(), _MOST_THREADS)


def _batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
