import math

import pytest
import torch
from torch.nn import functional

from idia.training.loss import contrastive_loss


def test_nothing_ignored_gives_clips_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    images, texts = (functional.normalize(torch.randn(6, 8, generator=generator), dim=1) for _ in range(2))

    loss = contrastive_loss(images, texts, torch.tensor(5.0), torch.zeros(6, 6, dtype=torch.bool))

    similar = (5 * images @ texts.T).double()
    by_hand = sum(
        -math.log(float(table[row, row].exp() / table[row].exp().sum()))
        for table in (similar, similar.T)
        for row in range(6)
    )
    assert loss.item() == pytest.approx(by_hand / 12, rel=1e-5)


def test_pairs_that_are_all_ignored_cost_nothing() -> None:
    images = functional.normalize(torch.ones(3, 4), dim=1)

    loss = contrastive_loss(images, images, torch.tensor(5.0), ~torch.eye(3, dtype=torch.bool))

    assert loss.item() == 0
