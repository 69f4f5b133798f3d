import hashlib
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from idia.errors import SettingError
from idia.world import drawing, object_facts, render_objects
from idia.world.things import COLOURS, SHAPES, things

PINNED = "e320314ed1d715b7b5c57c7af79e4511708a877b52007f41bd556d12f3503e54"


@pytest.fixture
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("_threads")
@pytest.mark.parametrize(("size", "threads"), [(1, 1), (64, 2), (96, 1)])
def test_the_pictures_are_the_same_for_ever(size: int, threads: int) -> None:
    torch.set_num_threads(threads)
    pictures = [render_objects(3, np.arange(start, min(start + size, 96))) for start in range(0, 96, size)]

    assert hashlib.sha256(torch.cat(pictures).numpy().tobytes()).hexdigest() == PINNED


def test_nothing_is_painted_outside_of_where_it_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = render_objects(3, np.arange(96))
    monkeypatch.setattr(drawing, "_range", lambda *_: slice(0, 32))

    assert torch.equal(render_objects(3, np.arange(96)), drawn)


def test_colours_are_what_the_facts_say() -> None:
    numbers = np.arange(600)
    what = things(2, numbers)
    colours = object_facts(2, numbers)[:, 1]
    paints = np.stack([what.paint[:, colours == colour].mean(axis=1) for colour in range(len(COLOURS))])
    pictures = render_objects(2, numbers).numpy() / 255 / what.gains.T[:, :, None, None]
    distance = np.abs(pictures[:, None] - paints[None, :, :, None, None]).max(axis=2)
    near = (distance < 0.2).mean(axis=(2, 3))

    assert near[numbers, colours].min() > 0.03
    # Backdrops are pale, dark or brownish, so that only the first colours are found nowhere else.
    vivid = colours < COLOURS.index("pink")
    assert (near[vivid, : COLOURS.index("pink")].argmax(axis=1) == colours[vivid]).mean() > 0.95


def test_shapes_and_sizes_are_what_the_facts_say() -> None:
    """Each silhouette is nearest to the mean silhouette of its own shape and size among other pictures."""
    numbers = np.arange(3_000)
    pictures = render_objects(5, numbers).numpy() / 255
    what = things(5, numbers)
    silhouettes = np.abs(pictures - what.paint.T[:, :, None, None]).max(axis=1) < 0.22
    kind = what.shape * 2 + what.size
    means = np.stack([silhouettes[:1_500][kind[:1_500] == number].mean(axis=0) for number in range(24)])
    distance = ((silhouettes[1_500:, None] - means) ** 2).mean(axis=(2, 3))

    assert (distance.argmin(axis=1) // 2 == what.shape[1_500:]).mean() > 0.85
    assert (distance.argmin(axis=1) == kind[1_500:]).mean() > 0.8


def test_there_are_as_many_shapes_and_colours_as_promised() -> None:
    assert len(set(SHAPES)) == 12
    assert len(set(COLOURS)) == 10


def test_numbers_out_of_range_are_errors() -> None:
    with pytest.raises(SettingError, match="numbered from 0, got -1"):
        render_objects(1, np.array([-1]))
    with pytest.raises(SettingError, match="16 to 256 pixels a side, got 300"):
        render_objects(1, np.arange(1), side=300)
