"""Whole pages look as they did when somebody last looked at them."""

import matplotlib as mpl
import pytest
from matplotlib.testing.compare import compare_images
from packaging.version import Version
from page_images import FOLDER, PAGES, compute_measures, draw

from steppe.experiments.figures.style import register_colours

DRAWN_WITH = Version("3.11")  # letters differ between versions of Matplotlib
TOLERANCE = 2.0  # root mean square of differences of pixels, of 255; other processors differ less

pytestmark = pytest.mark.skipif(
    Version(mpl.__version__).release[:2] != DRAWN_WITH.release,
    reason=f"the pictures are drawn with Matplotlib {DRAWN_WITH}",
)


@pytest.fixture(scope="module")
def measures(tmp_path_factory):
    return compute_measures(tmp_path_factory.mktemp("images"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_looks_as_it_did(name, measures, tmp_path):
    drawn = draw(name, measures, tmp_path / f"{name}.png")
    difference = compare_images(FOLDER / f"{name}.png", drawn, tol=TOLERANCE)
    assert difference is None, (
        f"{difference}\nlook at both; if the new one is right, run `python tests/page_images.py`"
    )


def test_a_changed_colour_is_noticed(measures, tmp_path):
    register_colours({"China": "#0072B2"})
    try:
        drawn = draw("heatmap", measures, tmp_path / "heatmap.png")
    finally:
        register_colours({})
    assert compare_images(FOLDER / "heatmap.png", drawn, tol=TOLERANCE) is not None


def test_the_pictures_are_of_these_pages_and_small():
    files = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(files) == set(PAGES)
    assert sum(files.values()) < 400_000
