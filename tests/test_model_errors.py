"""What a model refuses: parameters, classes and shares, each named in the message."""

import numpy as np
import pytest
import toys

from steppe.model.agents import Power, Republic
from steppe.model.core.errors import RequestError
from steppe.model.core.share_check import ShareError
from steppe.model.model import InfluenceModel
from steppe.model.parameters.ensemble import Parameters
from steppe.model.parameters.guards import GuardError
from steppe.model.parameters.table import TABLE


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            {"lambda_": [0.1, 0.1, 1.0], "theta": 0.9, "chi": 1},
            r"member 2: lambda_ \* theta \* \(1 \+ chi/2\) is 1.35",
        ),
        ({"rho": [1.0, 8.0, 8.0], "h": 1.0}, r"member 1: .* max kappa \* \(1 \+ rho/2\) is 2.50"),
    ],
)
def test_a_member_that_breaks_a_guard_is_named(broken, message):
    with pytest.raises(GuardError, match=message):
        toys.parameters(toys.cast(), 3, **broken)


def test_a_member_that_breaks_a_guard_is_named_by_its_number_not_by_its_place_in_the_block():
    of = toys.cast()
    table = toys.parameters(of, 5).as_table() | {
        "lambda_": np.ones(5),
        "theta": np.full(5, 0.9),
        "chi": np.ones(5),
    }
    with pytest.raises(GuardError, match="first being member 70:"):
        Parameters.from_table(table, of, np.arange(70, 75))


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("theta", [0.5, 1.2], "theta is 1.2 in member 1; bounds are 0.2 to 0.9"),
        ("alpha", [-0.5, 1.0], "alpha is -0.5 in member 0; bounds are 0 to 4"),
        ("sigma", [0.05, np.nan], "sigma is nan in member 1"),
        ("h", [np.inf, 10], "h is inf in member 0"),
    ],
)
def test_a_parameter_out_of_bounds_is_refused_and_named(name, values, message):
    with pytest.raises(ValueError, match=message):
        toys.parameters(toys.cast(), 2, **{name: values})


def test_parameters_for_another_number_of_members_or_channels_are_refused():
    of = toys.cast()
    with pytest.raises(RequestError, match="for 2 members, the model for 3"):
        toys.model(toys.inputs(of), members=3, given=toys.parameters(of, 2))
    with pytest.raises(ValueError, match=r"beta has shape \(2, 1\); expected \(3, members\)"):
        Parameters(
            {row.id: getattr(toys.parameters(of), row.id) for row in TABLE if row.id != "b"}
            | {"b": np.zeros((1, 1))},
            toys.cast(channels=("trade", "security", "culture")),
        )


class Lost(Republic):
    """A republic whose channel of security is lost from sight in the last member in 2001Q2."""

    def attraction(self):
        drawn = super().attraction()
        if self.model.quarter == 5:
            drawn[1, 1, -1] = np.nan
        return drawn


def test_a_broken_share_is_reported_with_its_cell_member_and_quarter():
    of = toys.cast(republics=("Valley", "Hills"))
    world = InfluenceModel(
        toys.scenario(of),
        np.array([7, 300]),
        0,
        inputs=toys.inputs(of),
        parameters_from="prior",
        republics={"Hills": Lost},
    )
    with pytest.raises(
        ShareError,
        match=r"the share of .* in Hills, security, is nan in member 300 at 2001Q2",
    ):
        for _ in world.run():
            pass
    assert world.quarter == 5


def test_inputs_beyond_all_measure_are_reported_rather_than_run():
    # numpy warns of the overflow first, which here would be an error of its own
    with (
        np.errstate(over="ignore", invalid="ignore"),
        pytest.raises(ShareError, match="member 0 at 1999Q4"),
    ):
        toys.model(toys.inputs(toys.cast(), ln_means=1e6))


@pytest.mark.parametrize(
    ("kind", "name"), [("powers", "Chnia"), ("powers", "Kazakhstan"), ("republics", "China")]
)
def test_a_class_for_an_actor_that_is_not_in_the_cast_is_refused(kind, name):
    with pytest.raises(RequestError, match=f"{kind}: '{name}' is not in the cast; "):
        InfluenceModel("baseline", **{kind: {name: {"powers": Power, "republics": Republic}[kind]}})


def test_a_cast_with_a_single_power_can_be_drawn_from_the_priors():
    """It has no budget offset to draw: the first power's is zero by definition."""
    of = toys.cast(powers=("East",), republics=("Valley", "Hills"))
    world = InfluenceModel(toys.scenario(of), 3, 0, inputs=toys.inputs(of), parameters_from="prior")
    assert toys.histories(world).shape == (40, 1, 2, 2, 3)
