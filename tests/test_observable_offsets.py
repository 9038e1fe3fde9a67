"""Offsets of observables: in each republic, and in the posterior."""

import numpy as np
import pytest

from steppe.model.core.cast import default_cast
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.observables.measurement import observe
from steppe.model.parameters.draw import draw_priors
from steppe.model.parameters.ensemble import Parameters
from steppe.model.parameters.observable_offsets import draw_offsets
from steppe.model.parameters.posterior import read_posterior, write_posterior
from steppe.model.parameters.table import MODEL_ROWS, all_labels

CAST, TRADE, SEED = default_cast(), OBSERVABLES["trade"], 5


def test_what_is_particular_to_republics_has_its_spread_and_is_shared_by_scenarios():
    """1 over 20 cells of 400 members; and the same for a member whoever else is there."""
    numbers = np.arange(400)
    table = draw_priors(SEED, numbers, CAST, default_inputs().alpha_means)
    parameters = Parameters.from_table(table, CAST, numbers)
    of_each = draw_offsets(TRADE, parameters, SEED, numbers) - parameters.offsets(TRADE)[:, None]
    assert of_each.shape == (4, 5, 400)
    assert of_each.std() == pytest.approx(1, abs=0.03)
    assert of_each.mean() == pytest.approx(0, abs=0.03)
    few = Parameters.from_table({name: row[7:9] for name, row in table.items()}, CAST)
    alone = draw_offsets(TRADE, few, SEED, numbers[7:9]) - few.offsets(TRADE)[:, None]
    np.testing.assert_allclose(alone, of_each[..., 7:9])


def test_offsets_of_republics_move_each_republic_by_its_own():
    """Equal shares of two powers; ln 3 in the first republic only: three quarters, and one half."""
    share = np.full((2, 2, 1), 0.3)
    offsets = np.zeros((2, 2, 1))
    offsets[0, 0] = np.log(3)
    np.testing.assert_allclose(observe(share, offsets)[0, :, 0], [0.75, 0.5])


def test_a_posterior_without_offsets_is_refused_with_the_way_out(tmp_path):
    labels = [label for row in MODEL_ROWS for label in row.labels(CAST)]
    write_posterior(tmp_path / "old.csv", read_posterior(SHIPPED_POSTERIOR, tuple(labels)))
    with pytest.raises(ValueError, match=r"lacks the parameter offset.trade.Russia.; `steppe cal"):
        read_posterior(tmp_path / "old.csv", all_labels(CAST))
