"""Pictures of any mode and orientation as one sees them: upright, 8-bit, RGB."""

import struct
import zlib

import numpy as np
from PIL import Image

# What Pillow's decoders are known to raise on damaged files, besides its own errors.
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    EOFError,
    AssertionError,
    MemoryError,
    RuntimeError,
    SystemError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright_rgb(picture: Image.Image) -> Image.Image:
    """Returns a picture in mode `RGB`, turned as its metadata says, transparency laid on white.

    Raises:
        ValueError: Its pixels are not all numbers; Pillow's decoders raise `DECODER_ERRORS` besides.
    """
    picture.load()  # before the orientation is read: TIFF pictures are turned, and their tag dropped, while loading
    orientation = _orientation(picture)
    result = _rgb(picture)
    if orientation in _UPRIGHT:
        result = result.transpose(_UPRIGHT[orientation])
    result.info.clear()
    return result


def _orientation(picture: Image.Image) -> object:
    try:
        return picture.getexif().get(_ORIENTATION_TAG)
    except DECODER_ERRORS:
        return None  # damaged metadata does not make the picture unreadable


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode == "F" or picture.mode.startswith("I"):
        return _eight_bit(picture).convert("RGB")
    if picture.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or picture.has_transparency_data:
        # Premultiplied grey has no direct way to RGBA.
        layered = (picture.convert("LA") if picture.mode == "La" else picture).convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
    return picture.convert("RGB")


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Grey of more than 8 bits, scaled to 8."""
    values = np.asarray(picture, dtype=np.float32)
    if not np.isfinite(values).all():
        raise ValueError("its pixels are not all numbers")
    if picture.mode.startswith("I;16"):
        white = 65_535.0
    else:
        # These modes do not say what white is: the smallest usual white that holds the brightest pixel.
        usual = (1.0, 255.0, 65_535.0) if picture.mode == "F" else (255.0, 65_535.0)
        brightest = float(values.max())
        white = next((value for value in usual if brightest <= value), max(brightest, 2.0**31 - 1))
    return Image.fromarray(np.rint(values.clip(0, white) * (255 / white)).astype(np.uint8))
