"""Small posteriors of the measured layer, made without a calibration: right in form alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from steppe.model.core.cast import default_cast
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.evidence.series import MEASURED, join_series, load_series, series_fingerprint
from steppe.model.parameters.cell_links import CellLinks
from steppe.model.parameters.posterior import PosteriorSample, read_posterior, write_posterior
from steppe.model.parameters.table import all_labels

DRAWS = 40


def layer_posterior(path: Path, places=(MEASURED,), draws: int = DRAWS) -> PosteriorSample:
    """Draws of the shipped posterior with made-up cells, written as if series had taught them."""
    shipped = read_posterior(SHIPPED_POSTERIOR, all_labels(default_cast()))
    rows, random, shape = np.arange(draws), np.random.default_rng(8), (4, 5, draws)
    links = CellLinks(
        0.5 * random.standard_normal(shape),
        0.5 * random.standard_normal(shape),
        random.uniform(0.5, 2.0, shape),
    )
    header = {
        **shipped.header,
        "series": series_fingerprint(join_series(load_series(places))),
        "series_from": " | ".join(map(str, places)),
    }
    sample = PosteriorSample(
        shipped.values_of(rows),
        shipped.event_quarters(rows),
        header,
        links.as_columns("trade", default_cast()),
    )
    write_posterior(path, sample)
    return replace(sample, header=read_posterior(path, ()).header)
