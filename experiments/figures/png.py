"""Shrink pictures for HTML pages: fewer pixels and fewer colours."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

WIDTH = 1100  # pixels; no column of a page is wider
COLOURS = 128  # enough for the flat colours of figures, at a quarter of the size
WHITE = 250  # lighter values are the background, and become white


def shrink_png(source: Path | BytesIO) -> bytes:
    """Return a picture, a file or one in memory, as a small PNG.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    from PIL import Image

    with Image.open(source) as picture:
        flat = picture.convert("RGB")
    if flat.width > WIDTH:
        flat = flat.resize(
            (WIDTH, round(flat.height * WIDTH / flat.width)), Image.Resampling.LANCZOS
        )
    reduced = flat.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = reduced.getpalette() or []
    reduced.putpalette([255 if value > WHITE else value for value in palette])
    stream = BytesIO()
    reduced.save(stream, "PNG", optimize=True)
    return stream.getvalue()
