"""Colours of powers, with those that scenarios add, can be told apart by every eye."""

from itertools import combinations

import numpy as np
import pytest
from colour_vision import MACHADO, ciede2000, lab
from matplotlib.colors import to_rgb

from steppe.experiments.figures.themes import THEMES
from steppe.model.core.cast import default_cast
from steppe.model.scenario.cast_schema import COLOURS

CAST = [default_cast().colour(name) for name in default_cast().holder_names]
LEAST = {0: 12.0, 4: 11.5, 8: 9.0}  # CIEDE2000 between any two, by how many powers are added
LEAST_CONTRAST = 2.0  # WCAG, with the ground of either theme


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
        ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ],
)
def test_the_distance_is_that_of_the_published_pairs(one, other, distance):
    """Sharma, Wu and Dalal (2005), table 1."""
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(distance, abs=5e-5)


def test_the_simulation_keeps_greys_and_merges_red_and_green():
    for vision, matrix in MACHADO.items():
        assert matrix.sum(axis=1) == pytest.approx(1, abs=1e-5), vision
        assert ciede2000(lab("#808080"), lab("#808080", vision)) < 0.1
    one, other = "#C04000", "#608000"
    seen = ciede2000(lab(one, "deuteranopia"), lab(other, "deuteranopia"))
    assert seen < 0.35 * ciede2000(lab(one), lab(other))


@pytest.mark.parametrize("added", LEAST)
@pytest.mark.parametrize("vision", MACHADO)
def test_no_two_powers_look_alike(added, vision):
    seen = {colour: lab(colour, vision) for colour in (*CAST, *COLOURS[:added])}
    near = {(one, other): ciede2000(seen[one], seen[other]) for one, other in combinations(seen, 2)}
    assert min(near.values()) >= LEAST[added], min(near, key=near.get)


@pytest.mark.parametrize("theme", THEMES)
def test_every_colour_stands_out_from_the_ground(theme):
    ground = luminance(THEMES[theme]["ground"])
    for colour in (*CAST, *COLOURS):
        low, high = sorted((ground, luminance(colour)))
        assert (high + 0.05) / (low + 0.05) >= LEAST_CONTRAST, colour


def luminance(colour: str) -> float:
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))
