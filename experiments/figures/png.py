"""Pictures made small for a page: no wider than it, and in few colours."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

WIDTH = 1100  # pixels; no column of a page is wider
COLOURS = 128  # figures are flat, and this many tell their tints apart at a quarter of the size
WHITE = 250  # what is lighter is the ground, and stays white


def shrink_png(path: Path) -> bytes:
    """A picture as PNG, small.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    from PIL import Image

    with Image.open(path) as picture:
        flat = picture.convert("RGB")
    if flat.width > WIDTH:
        flat = flat.resize(
            (WIDTH, round(flat.height * WIDTH / flat.width)), Image.Resampling.LANCZOS
        )
    few, stream = (
        flat.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE),
        BytesIO(),
    )
    few.putpalette([255 if value > WHITE else value for value in few.getpalette()])
    few.save(stream, "PNG", optimize=True)
    return stream.getvalue()
