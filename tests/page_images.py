"""Pictures of a handful of pages, with which `test_page_images` compares what is drawn now.

`python tests/page_images.py` draws them again, to be looked at before they are committed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from figure_pages import make_batch

from steppe.experiments.figures.draw import draw_page
from steppe.experiments.figures.language import use_language
from steppe.experiments.figures.page_sizes import use_size
from steppe.experiments.figures.pages import Page
from steppe.experiments.figures.style import use_theme
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.open_batch import open_batch

FOLDER = Path(__file__).parent / "page_images"
DPI = 60  # small files; letters are still told apart
PAGES = {  # kind, style, size, language, part
    "region": ("region", "light", "page", "en", {"scenario": "retreat"}),
    "heatmap": ("heatmap", "light", "slide", "en", {"scenario": "retreat"}),
    "leads": ("leads", "dark", "page", "en", {"scenario": "retreat"}),
    "difference": ("difference", "light", "page", "en", {}),
    "forest": ("forest", "light", "column", "ru", {"place": "region"}),
}


def compute_measures(folder: Path):
    """Statistics of a synthetic batch, which no change of the model moves."""
    return compute_statistics(
        open_batch(make_batch(folder / "batch", ("baseline", "retreat"), members=30, block=30))
    )


def draw(name: str, measures, path: Path) -> Path:
    """Draw a page into a file."""
    kind, style, size, language, part = PAGES[name]
    with use_theme(style), use_size(size), use_language(language):
        figure = draw_page(Page(kind, kind, tuple(part.items())), measures)
        figure.savefig(path, dpi=DPI, metadata={"Software": None})
    return path


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        found = compute_measures(Path(folder))
        for page in PAGES:
            print(draw(page, found, FOLDER / f"{page}.png"))
