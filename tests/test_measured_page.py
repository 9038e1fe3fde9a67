"""What MODEL.md says of the measured layer is what the code and the posterior that ships have."""

from __future__ import annotations

from pathlib import Path

from steppe.experiments.calibration import series_latents
from steppe.experiments.calibration.tempered_smc import MOSTLY_FITTED
from steppe.model.core.calendar import FIRST_YEAR
from steppe.model.core.number_text import format_fixed
from steppe.model.core.shipped_files import SHIPPED_MEASURED
from steppe.model.parameters import cell_links, discrepancy
from steppe.model.parameters.posterior import open_posterior

PAGE = (Path(__file__).parents[1] / "MODEL.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## The measured layer") :].replace("\n", " ")


def test_the_page_says_how_well_the_sampler_of_the_shipped_posterior_did():
    header = open_posterior(SHIPPED_MEASURED).header
    differ = format_fixed(float(header["disagreement"]), 3)
    assert f"Two runs differ by {differ} at most in a target's probability" in SECTION
    assert f"their effective size is {int(header['effective_size']):,}" in SECTION
    assert f"and the correlation {format_fixed(float(header['correlation']))}." in SECTION
    assert header["mode"] == "full" and header["series_from"] == "measured"


def test_the_page_says_which_moves_the_sampler_makes():
    assert len(MOSTLY_FITTED) == 8 and MOSTLY_FITTED.count("fitted") == 7
    assert "so that seven of eight moves are of this kind" in SECTION


def test_the_page_has_the_widths_of_the_layer():
    spread = format_fixed(discrepancy.DISCREPANCY, 1)
    assert f"({discrepancy.PERSISTENCE}, standard deviation {spread})" in SECTION
    assert rf"$\nu$ noise ({discrepancy.NOISE})" in SECTION
    years = cell_links.TREND_YEARS
    assert rf"\tfrac{{t - {FIRST_YEAR}}}{{{years}}}" in SECTION
    assert f"trends end in {FIRST_YEAR + years}" in SECTION
    for name in (series_latents.POWER_TREND, series_latents.CELL_TREND):
        assert rf"\mathcal N(0,\, {name})" in SECTION
    degrees = series_latents.DEGREES_OF_FREEDOM
    assert f"inverse gamma ({degrees / 2:g}, {degrees / 2:g})" in SECTION
    assert f"a multivariate t of {degrees:g} degrees of freedom" in SECTION
    assert f"$d_{{pr}}$ has {series_latents.CODED_WIDTH} of its spread" in SECTION
