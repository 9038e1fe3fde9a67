"""The measurement equation: from influence shares to what statistics count."""

import math

import numpy as np

from steppe.model.core.cast import default_cast
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.observables.measurement import observe
from steppe.model.parameters.draw import draw_priors
from steppe.model.parameters.table import MODEL_ROWS, all_labels

CAST = default_cast()
TRADE = OBSERVABLES["trade"]


def test_values_are_shares_weighted_by_their_offsets():
    """Shares 0.2 and 0.3, offsets ln 3 and 0: 0.6 against 0.3, so two thirds and one third."""
    observed = observe(np.array([[[0.2]], [[0.3]]]), np.array([[math.log(3)], [0.0]]))
    np.testing.assert_allclose(observed[:, 0, 0], [2 / 3, 1 / 3])


def test_autonomy_drops_out_and_powers_add_up_to_one():
    generator = np.random.default_rng(1)
    shares = np.moveaxis(generator.dirichlet(np.ones(5), (5, 30)), -1, 0)[:4]
    offsets = generator.normal(0, 1.2, (4, 30))
    observed = observe(shares, offsets)
    np.testing.assert_allclose(observed.sum(axis=0), 1)
    np.testing.assert_allclose(observe(0.1 * shares, offsets), observed)
    np.testing.assert_allclose(observe(shares, offsets + 2.0), observed)
    assert (observe(shares, offsets + np.eye(4)[1][:, None])[1] > observed[1]).all()


def test_offsets_have_their_prior_and_move_no_other_draw():
    """Streams belong to labels, so the other parameters are what they were without offsets."""
    labels = all_labels(CAST)
    offsets = [label for label in labels if label.startswith("offset.")]
    assert offsets == [f"offset.trade[{power}]" for power in CAST.power_names]
    assert len(labels) == sum(len(row.labels(CAST)) for row in MODEL_ROWS) + len(offsets) == 31
    drawn = draw_priors(1, np.arange(4000), CAST, {})
    together = np.stack([drawn[label] for label in offsets])
    assert np.abs(together).max() <= 4
    np.testing.assert_allclose(together.std(axis=1), 1.2, atol=0.05)
    np.testing.assert_allclose(np.corrcoef(together)[np.triu_indices(4, 1)], 0, atol=0.06)
