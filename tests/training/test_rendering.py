from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import Float64
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image, ImageDraw

from idia.photos import open_photo
from idia.training.pictures import cut_face, load_pictures
from idia.training.recipe import Augmentation, Encoder, image_side, preprocess_config
from idia.training.rendering import N_FRACTIONS, render, render_changed

STILL = Augmentation(flip=0, scale=0, rotation=0, shift=0, brightness=0, contrast=0, colour=0, grey=0, cut_out=0)


def photo(seed: int = 0, side: int = 250) -> Image.Image:
    """Soft shapes, as sharp as a photo of that size usually is."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (side, side), "#8090a0")
    pen = ImageDraw.Draw(image)
    for _ in range(25):
        x, y, radius = rng.integers(60, 190), rng.integers(60, 190), rng.integers(4, 30)
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        pen.ellipse((int(x - radius), int(y - radius), int(x + radius), int(y + radius)), fill=colour)
    return image


def fractions(n_pictures: int, seed: int = 0) -> Float64[np.ndarray, "pictures fractions"]:
    return np.random.default_rng(seed).random((n_pictures, N_FRACTIONS))


@pytest.mark.parametrize("encoder", ["vit", "resnet"])
def test_small_pictures_are_enlarged_as_open_clips_own_preprocessing_does(encoder: Encoder) -> None:
    small = [photo(seed).resize((32, 32)) for seed in range(4)]
    pixels = torch.stack([torch.from_numpy(np.array(image)).permute(2, 0, 1) for image in small])
    preprocess = image_transform_v2(PreprocessCfg(**preprocess_config(encoder)), is_train=False)
    side = image_side(encoder)

    rendered = render(pixels, 1.0, side=side)
    attacked = torch.stack([preprocess(image) for image in small])

    assert rendered.shape == attacked.shape == (4, 3, side, side)
    assert torch.cosine_similarity(rendered.flatten(1), attacked.flatten(1)).min() > 0.999


@pytest.mark.parametrize("crop", [0.48, 1.0])
def test_training_sees_what_open_clips_own_preprocessing_shows_in_the_attack(crop: float) -> None:
    photos = [photo(seed) for seed in range(4)]
    pictures, _ = load_pictures(photos, crop)
    preprocess = image_transform_v2(PreprocessCfg(**preprocess_config()), is_train=False)

    rendered = render(pictures.pixels, pictures.margin)
    attacked = torch.stack([preprocess(cut_face(image, crop)) for image in photos])

    assert rendered.shape == attacked.shape == (4, 3, 32, 32)
    cosine = torch.cosine_similarity(rendered.flatten(1), attacked.flatten(1))
    assert cosine.min() > 0.995


def test_no_change_asked_for_gives_the_plain_rendering() -> None:
    pictures, _ = load_pictures([photo(1), photo(2)], 0.48)

    changed = render_changed(pictures.pixels, pictures.margin, fractions(2), STILL)

    assert torch.allclose(changed, render(pictures.pixels, pictures.margin), atol=1e-5)


@pytest.mark.parametrize(
    "how",
    [
        replace(STILL, flip=1),
        replace(STILL, scale=0.12),
        replace(STILL, rotation=0.15),
        replace(STILL, shift=0.12),
        replace(STILL, brightness=0.3),
        replace(STILL, contrast=0.25),
        replace(STILL, colour=0.08),
        replace(STILL, grey=1),
        replace(STILL, cut_out=1),
    ],
)
def test_every_change_changes_the_picture(how: Augmentation) -> None:
    pictures, _ = load_pictures([photo(3)], 0.48)

    changed = render_changed(pictures.pixels, pictures.margin, fractions(1, seed=5), how)

    assert (changed - render(pictures.pixels, pictures.margin)).abs().max() > 0.02


def test_mirroring_only_mirrors() -> None:
    pictures, _ = load_pictures([photo(4)], 0.48)

    changed = render_changed(pictures.pixels, pictures.margin, fractions(1), replace(STILL, flip=1))

    assert torch.allclose(changed, render(pictures.pixels, pictures.margin).flip(3), atol=1e-4)


def test_a_pictures_changes_do_not_depend_on_the_rest_of_the_batch() -> None:
    pictures, _ = load_pictures([photo(5), photo(6), photo(7)], 0.48)
    rows = fractions(3)

    together = render_changed(pictures.pixels, pictures.margin, rows, Augmentation())
    alone = render_changed(pictures.pixels[1:2], pictures.margin, rows[1:2], Augmentation())

    assert torch.allclose(together[1:2], alone, atol=1e-6)


@pytest.mark.real_photos
def test_on_real_photos_training_sees_what_the_attack_shows(real_photos: Path) -> None:
    photos = sorted((real_photos / "lfw" / "people").glob("*/*_0001.jpg"))[::8]
    pictures, _ = load_pictures(photos, 0.48)
    preprocess = image_transform_v2(PreprocessCfg(**preprocess_config()), is_train=False)

    attacked = torch.stack([preprocess(cut_face(open_photo(path), 0.48)) for path in photos])

    rendered = render(pictures.pixels, pictures.margin)
    assert len(photos) >= 15
    assert torch.cosine_similarity(rendered.flatten(1), attacked.flatten(1)).min() > 0.999
