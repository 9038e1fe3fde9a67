"""Thumbnails of the shipped scenarios as plain SVG: medians over members, the baseline dotted."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import is_year_end
from steppe.model.core.cast import default_cast
from steppe.model.core.version import MODEL_VERSION
from steppe.model.evidence.fingerprint import shipped_evidence_fingerprint
from steppe.model.scenario.find_files import SHIPPED, shipped_names
from steppe.model.scenario.load import Scenario, load_scenario

FOLDER = SHIPPED / "figures"
MEMBERS, SEED = 128, 1
PANEL, HEIGHT, GAP = 96, 64, 6
HIGHEST = 0.6  # share at the top of a panel


def source_hash(scenario: Scenario) -> str:
    """A hash of everything that a thumbnail is made from."""
    made_from = (
        scenario.fingerprint,
        load_scenario("baseline").fingerprint,
        MODEL_VERSION,
        shipped_evidence_fingerprint(),
        str(MEMBERS),
        str(SEED),
    )
    return sha256(" ".join(made_from).encode()).hexdigest()[:16]


def stale_scenarios() -> list[str]:
    """Names of scenarios whose thumbnail is missing or out of date."""
    names = []
    for name in shipped_names():
        path = FOLDER / f"{name}.svg"
        if not path.exists() or source_hash(load_scenario(name)) not in path.read_text(
            encoding="utf-8"
        ):
            names.append(name)
    return names


def draw_all() -> list[Path]:
    """Draw all thumbnails, which takes a few seconds."""
    FOLDER.mkdir(exist_ok=True)
    paths = []
    for name in shipped_names():
        path = FOLDER / f"{name}.svg"
        path.write_text(draw_svg(load_scenario(name)), encoding="utf-8")
        paths.append(path)
    return paths


@cache
def medians(name: str) -> FloatArray:
    """Median over members of the mean over republics at year ends, shape (years, p, c)."""
    from steppe.model.model import InfluenceModel

    model = InfluenceModel(name, MEMBERS, SEED, parameters_from="prior", collect=None)
    return np.array(
        [
            np.median(model.share.mean(axis=1), axis=-1)
            for quarter in model.run()
            if is_year_end(quarter)
        ]
    )


def draw_svg(scenario: Scenario) -> str:
    """One thumbnail: a panel per channel, a line per power."""
    cast = default_cast()
    width = len(cast.channels) * (PANEL + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT + 2 * GAP}" '
        f'role="img" aria-label="{scenario.title}">',
        f"<!-- {source_hash(scenario)} -->",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    own, baseline = medians(scenario.name), medians("baseline")
    for column, channel in enumerate(cast.channels):
        parts.append(
            f'<g transform="translate({GAP + column * (PANEL + GAP)} {GAP})">'
            f"<title>{channel.name}</title>"
            f'<rect width="{PANEL}" height="{HEIGHT}" fill="#f4f4f4"/>'
        )
        for row, power in enumerate(cast.powers):
            if scenario.name not in ("baseline", "history"):
                parts.append(
                    _line(baseline[:, row, column], power.colour, ' stroke-dasharray="1 2"')
                )
            parts.append(_line(own[:, row, column], power.colour, ""))
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _line(values: FloatArray, colour: str, style: str) -> str:
    years = len(medians("baseline"))
    points = " ".join(
        f"{PANEL * year / (years - 1):.0f},{HEIGHT * (1 - min(value, HIGHEST) / HIGHEST):.1f}"
        for year, value in enumerate(values)
    )
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2"{style}/>'
