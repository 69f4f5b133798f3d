import numpy as np
import pytest

from idia.errors import SettingError
from idia.world import contact_sheet, render_people


def test_a_sheet_has_a_row_for_each_person_and_four_more() -> None:
    sheet = np.asarray(contact_sheet(1, n_people=3, n_photos=4, side=32))
    gap = 2

    assert sheet.shape == (gap + 7 * (32 + gap) + 2 * 4 * gap, gap + 4 * (32 + gap), 3)
    second = render_people(1, np.array([1]), np.array([2]))[0].permute(1, 2, 0).numpy()
    top, left = gap + (32 + gap), gap + 2 * (32 + gap)
    assert np.array_equal(sheet[top : top + 32, left : left + 32], second)
    assert (sheet[:gap] == 250).all()


def test_an_empty_sheet_is_an_error() -> None:
    with pytest.raises(SettingError, match="at least one person and one photo, got 0 and 10"):
        contact_sheet(1, n_people=0)
