import numpy as np
import torch

from idia.world.drawing import Canvas, Frame, blob, colour, disc, ellipse, inside, swell, wave


def test_a_disc_covers_its_area() -> None:
    radii = np.array([2.0, 5.3, 11.0]) / 16
    patch = Frame.of_pictures(3, 32).at(0.07, -0.11).patch()
    covered = disc(patch, radius=radii).sum(dim=(0, 1)).numpy()

    assert np.allclose(covered, np.pi * (16 * radii) ** 2, rtol=0.03)


def test_a_turned_ellipse_covers_its_area_and_stays_in_its_patch() -> None:
    frame = Frame.of_pictures(2, 64).at(0.1, -0.2, np.array([0.5, 0.3]), np.array([0.2, 0.3]), turn=0.6)
    patch = frame.patch()
    covered = ellipse(patch).sum(dim=(0, 1)).numpy()

    assert np.allclose(covered, np.pi * np.array([0.5 * 0.2, 0.3 * 0.3]) * 32**2, rtol=0.03)
    assert patch.x.shape[0] < 40
    assert not ellipse(patch)[0].any()
    assert not ellipse(patch)[-1].any()


def test_a_frame_in_a_frame_points_where_it_is_put() -> None:
    frame = Frame.of_pictures(1, 32).at(0.5, 0.0, 0.5, 0.5, turn=1.0).at(0.5, 0.0)

    # A quarter turn clockwise takes the first axis, right, to down.
    assert frame.origin_x.tolist() == [15.5 + 8]
    assert frame.origin_y.tolist() == [15.5 + 4]


def test_a_patch_covers_only_pictures_that_show_the_shape() -> None:
    frame = Frame.of_pictures(3, 32).at(np.array([-0.7, 0.0, 0.7]), 0.0, 0.1, 0.1)
    patch = frame.patch(shown=np.array([True, False, False]))
    nothing = frame.patch(shown=np.array([False, False, False]))

    assert patch.columns.stop < 12
    assert nothing.x.numel() == 0


def test_paint_covers_as_far_as_it_is_told() -> None:
    canvas, patch = Canvas(2, 16), Frame.of_pictures(2, 16).patch()
    canvas.paint(patch, torch.full((16, 16, 2), 0.25), colour(np.array([[1.0, 0.0], [0.5, 0.0], [0.0, 1.0]])))

    assert canvas.pixels[:, 3, 4].T.tolist() == [[0.25, 0.125, 0.0], [0.0, 0.0, 0.25]]


def test_edges_are_half_covered_and_spots_fade() -> None:
    assert inside(torch.tensor([-2.0, -0.25, 0.0, 0.25, 2.0])).tolist() == [1, 0.75, 0.5, 0.25, 0]
    spot = blob(Frame.of_pictures(1, 33).patch())[:, 16, 0]
    assert spot[16] == 1
    assert spot[0] < 0.01
    assert (spot[:17].diff() > 0).all()


def test_waves_have_period_one_and_reach_from_minus_one_to_one() -> None:
    phase = torch.tensor([-1.0, -0.5, 0.0, 0.25, 0.5, 1.0])

    assert wave(phase).tolist() == swell(phase).tolist() == [1, -1, 1, 0, -1, 1]
    assert (swell(torch.tensor([0.1])) > wave(torch.tensor([0.1]))).all()
