"""What the quick comparison says of names that it does not name."""

import pytest
import torch
from torch import Tensor

pytest.importorskip("triton")

from idia.kernels.gpu.screening import Screened


def screened(top: Tensor, index: int, rest: float) -> Screened:
    return Screened(top.reshape(1, 1), torch.full((1, 1), index, dtype=torch.int32), torch.full((1, 1), rest))


@pytest.mark.parametrize("is_swapped", [False, True], ids=["ahead", "behind"])
def test_what_falls_behind_counts_with_the_bits_that_its_place_took(is_swapped: bool) -> None:
    value = torch.tensor(2.75).view(torch.int32) + 200  # of a name whose last eight bits were given away
    ahead, behind = screened(torch.tensor(3.0), 7, 2.5), screened(torch.tensor(2.75), 9, 2.25)

    together = behind.merged(ahead) if is_swapped else ahead.merged(behind)

    assert (float(together.tops), int(together.indices)) == (3.0, 7)
    assert float(value.view(torch.float32)) <= float(together.rests) < 2.7502


def test_the_rest_of_either_counts() -> None:
    together = screened(torch.tensor(3.0), 7, 2.875).merged(screened(torch.tensor(2.75), 9, 2.25))

    assert float(together.rests) == 2.875
