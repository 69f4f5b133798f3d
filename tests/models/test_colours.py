from types import SimpleNamespace

import torch

from idia.models.colours import coloured


def test_normalising_is_undone() -> None:
    colours = torch.rand(2, 3, 4, 5)
    mean, std = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)
    transform = SimpleNamespace(transforms=[SimpleNamespace(), SimpleNamespace(mean=mean, std=torch.tensor(std))])
    pixels = (colours - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)

    torch.testing.assert_close(coloured(pixels, transform), colours)


def test_what_no_screen_shows_is_cut_off() -> None:
    assert coloured(torch.tensor([[[[-2.0]], [[0.5]], [[7.0]]]]), abs).flatten().tolist() == [0, 0.5, 1]
