"""What a user expects to happen when a parameter is raised or lowered, or a scenario chosen.

Every parameter is tried at three values with the same noise, in fifty members that
otherwise differ as the priors let them, and the outcome must move one way from each value
to the next in every one of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import toys
from toys import shock

from steppe.model.core.calendar import parse_quarter
from steppe.model.core.cast import default_cast
from steppe.model.evidence.coded_inputs import Inputs, default_inputs
from steppe.model.model import InfluenceModel
from steppe.model.parameters.draw import draw_priors
from steppe.model.parameters.ensemble import Parameters
from steppe.model.parameters.table import MODEL_ROWS

MEMBERS = 50
EAST, WEST = 0, 1
TRADE, SECURITY = 0, 1
# At a precision of at most 0.39 no theta and chi within bounds break the guard.
SAFE_PRECISION = 0.39


@dataclass
class Case:
    """A parameter with three values, and the outcome watched; `held` fixes other parameters."""

    label: str
    values: tuple[float, float, float]
    outcome: Callable[[InfluenceModel], np.ndarray]
    sign: int = 1
    coded: Inputs = field(default_factory=lambda: toys.inputs(toys.cast()))
    held: dict[str, float] = field(default_factory=dict)
    events: dict = field(default_factory=dict)
    quarters: int = 40


def ensemble(coded, changes):
    """Members from the priors with some values replaced; a bare name sets every entry."""
    table = draw_priors(0, np.arange(MEMBERS), coded.cast, coded.alpha_means)
    table["lambda_"] = table["lambda_"] * SAFE_PRECISION
    for name, value in changes.items():
        for label in table:
            if label in (name, f"{name}[{label.partition('[')[2].rstrip(']')}]"):
                table[label] = np.full(MEMBERS, float(value))
    return Parameters.from_table(table, coded.cast)


def ended(coded, future, changes):
    world = InfluenceModel(future, MEMBERS, 0, inputs=coded, parameters=ensemble(coded, changes))
    for _ in world.run():
        pass
    return world


def assert_moves_one_way(low, middle, high, sign):
    for smaller, larger in ((low, middle), (middle, high)):
        wrong = np.flatnonzero(sign * (larger - smaller) <= 0)
        assert not wrong.size, (
            f"{wrong.size} of {MEMBERS} members go the other way, the first being member {wrong[0]}"
        )


def share(power, channel):
    return lambda world: world.share[power, 0, channel]


def dependence_on(power):
    return lambda world: world.share[power, 0].mean(axis=0)


def rivals_in_security(view):
    """West is tied in security, East regards it as a rival (1) or a partner (-1)."""
    return toys.inputs(
        toys.cast(), ties=[[[0, 0]], [[0, 1]]], relations=[[[0], [view]], [[0], [0]]]
    )


DOMINANT = toys.inputs(toys.cast(), ties=[[[1, 1]], [[0, 0]]])
DOMINATED = {"beta": 2, "alpha": 0.5, "b": 0}


def event_of(*arguments, **keys):
    return {"event": {"when": "2001Q1", "effects": [shock(*arguments, permanent=True, **keys)]}}


TIE = event_of("ties", 3, power="West")
CUT = event_of("ties", -3, power="East")
PUSH = event_of("effort", 3, power="West")


def at_rest(world):
    """The same members without noise."""
    quiet = InfluenceModel(
        world.scenario, MEMBERS, 0, inputs=world.inputs, parameters=world.parameters, noise=False
    )
    for _ in quiet.run():
        pass
    return quiet.log_ratio


CASES = {
    "effort elasticity makes means count": Case(
        "theta",
        (0.2, 0.5, 0.9),
        lambda world: (world.share[WEST] - world.share[EAST]).mean(axis=(0, 1)),
        coded=toys.inputs(toys.cast(), ln_means=[[0], [2]]),
        held={"b": 0},
    ),
    "tie weight makes ties in that channel count": Case(
        "beta[security]",
        (0, 1, 2),
        share(EAST, SECURITY),
        coded=toys.inputs(toys.cast(), ties=[[[0, 1]], [[0, 0]]]),
    ),
    "institution weight makes membership count": Case(
        "gamma",
        (0, 0.75, 1.5),
        share(EAST, SECURITY),
        coded=toys.inputs(
            toys.cast(), institutions=[toys.institution("pact", [1, 0], [SECURITY], [1], 1)]
        ),
    ),
    "need weight makes a need met count": Case(
        "eta",
        (0, 1, 2),
        share(WEST, TRADE),
        coded=toys.inputs(toys.cast(), needs=[[[1, 0]]], supply=[[[0], [0]], [[1], [1]]]),
    ),
    "precision concentrates effort": Case(
        "lambda_",
        (0.02, 0.2, SAFE_PRECISION),
        lambda world: (world.effort[EAST] ** 2).sum(axis=(0, 1)),
        coded=toys.inputs(toys.cast(), interests=[[[1, 0]], [[0, 0]]]),
        held={"iota": 2},
    ),
    "rivalry sends effort where a rival holds influence": Case(
        "chi",
        (0, 1.5, 3),
        lambda world: world.effort[EAST, 0, SECURITY],
        coded=rivals_in_security(1),
        held={"beta": 2},
    ),
    "rivalry keeps effort away from where a partner holds influence": Case(
        "chi",
        (0, 1.5, 3),
        lambda world: world.effort[EAST, 0, SECURITY],
        -1,
        coded=rivals_in_security(-1),
        held={"beta": 2},
    ),
    "autonomy weight keeps all powers off": Case(
        "alpha[Valley]", (0.5, 1.75, 3), lambda world: world.autonomy[0].mean(axis=0)
    ),
    "autonomy weight takes from every power": Case(
        "alpha[Valley]", (0.5, 1.75, 3), lambda world: world.share[:, 0].max(axis=(0, 1)), -1
    ),
    "tolerance lets one power dominate": Case(
        "tau_0",
        (0.25, 0.4, 0.55),
        dependence_on(EAST),
        coded=DOMINANT,
        held={**DOMINATED, "rho": 6},
    ),
    "resistance holds a dominant power down": Case(
        "rho", (0, 4, 10), dependence_on(EAST), -1, coded=DOMINANT, held={**DOMINATED, "tau_0": 0.3}
    ),
    "a budget offset gives a power more influence": Case(
        "b[West]", (-0.8, 0, 0.8), dependence_on(WEST)
    ),
    "a budget offset takes influence from the other power": Case(
        "b[West]", (-0.8, 0, 0.8), dependence_on(EAST), -1
    ),
    "the event scale makes an event count": Case(
        "delta", (0, 0.3, 0.6), share(WEST, TRADE), events=PUSH
    ),
    "interest draws effort": Case(
        "iota",
        (0, 1.5, 3),
        lambda world: world.effort[EAST, 0, TRADE],
        coded=toys.inputs(toys.cast(), interests=[[[1, 0]], [[0, 0]]]),
    ),
    "loss draws effort to where it was suffered": Case(
        "phi",
        (0, 5, 10),
        lambda world: world.effort[EAST, 0, TRADE],
        coded=DOMINANT,
        quarters=12,
        held={"beta": 2, "alpha": 1.5, "h": 4, "sigma": 0},
        events=CUT,
    ),
    "a threatened republic tolerates dominance": Case(
        "psi",
        (0, 0.15, 0.3),
        dependence_on(EAST),
        coded=toys.inputs(toys.cast(), ties=[[[1, 1]], [[0, 0]]], threat=1),
        held={**DOMINATED, "rho": 6, "tau_0": 0.25},
    ),
    "the legacy favours the first power over the other at the start": Case(
        "zeta",
        (0, 0.5, 1),
        lambda world: (world.log_ratio[EAST] - world.log_ratio[WEST]).mean(axis=(0, 1)),
        quarters=4,
    ),
    "noise moves influence": Case(
        "sigma",
        (0, 0.05, 0.1),
        lambda world: np.abs(world.log_ratio - at_rest(world)).mean(axis=(0, 1, 2)),
        held={"zeta": 0},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_raising_a_parameter_moves_the_outcome_as_expected(case):
    future = toys.scenario(case.coded.cast, case.events, quarters=case.quarters)
    assert_moves_one_way(
        *(
            case.outcome(ended(case.coded, future, {**case.held, case.label: value}))
            for value in case.values
        ),
        case.sign,
    )


def test_a_longer_half_life_delays_what_an_event_does():
    """The half-life also scales noise, so a twin without the event is subtracted."""
    coded = toys.inputs(toys.cast())
    early = {"quarters": 12}  # eight quarters from the event
    done = []
    for half_life in (4, 10, 30):
        changes = {"h[trade]": half_life, "beta": 2}
        twins = [
            ended(coded, toys.scenario(coded.cast, events, **early), changes)
            for events in (TIE, {})
        ]
        done.append(twins[0].share[WEST, 0, TRADE] - twins[1].share[WEST, 0, TRADE])
    assert_moves_one_way(*done, -1)


def test_every_parameter_has_a_direction():
    tried = {case.label.partition("[")[0] for case in CASES.values()} | {"h"}
    assert tried == {row.id for row in MODEL_ROWS}  # offsets: tests/test_observables.py


# The same in the cast that ships


CSTO = [
    default_cast().index("republic", name) for name in ("Kazakhstan", "Kyrgyzstan", "Tajikistan")
]
RUSSIA, CHINA = 0, 1
SHIPPED = {
    "institutions hold Russia's allies": Case(
        "gamma", (0, 0.75, 1.5), lambda world: world.share[RUSSIA, CSTO, SECURITY].mean(axis=0)
    ),
    "ties hold all that Russia has": Case(
        "beta", (0, 1, 2), lambda world: world.share[RUSSIA].mean(axis=(0, 1))
    ),
    "gatekeeping keeps all republics to themselves": Case(
        "alpha", (0.5, 1.75, 3), lambda world: world.autonomy.mean(axis=(0, 1))
    ),
    "means give China influence in every republic and channel": Case(
        "b[China]", (-0.8, 0, 0.8), lambda world: world.share[CHINA].mean(axis=(0, 1))
    ),
    "resistance evens out on whom the republics depend": Case(
        "rho",
        (0, 4, 10),
        lambda world: world.share.mean(axis=2).max(axis=0).mean(axis=0),
        -1,
        held={"tau_0": 0.05, "psi": 0},
    ),
}


@pytest.mark.parametrize("case", SHIPPED.values(), ids=SHIPPED.keys())
def test_raising_a_parameter_moves_the_shipped_history_as_expected(case):
    coded = default_inputs()
    assert_moves_one_way(
        *(
            case.outcome(ended(coded, "history", {**case.held, case.label: value}))
            for value in case.values
        ),
        case.sign,
    )


# Scenarios


@dataclass
class Tail:
    """Shares and efforts in the four quarters of 2040, (quarters, p, r, c, m)."""

    shares: np.ndarray
    efforts: np.ndarray


def tail_of(name, members=300):
    world = InfluenceModel(name, members, 0, parameters_from="prior", collect=None)
    kept = [
        (world.share.copy(), world.effort.copy())
        for quarter in world.run()
        if quarter >= parse_quarter("2040Q1")
    ]
    return Tail(*(np.array(part) for part in zip(*kept, strict=True)))


@pytest.fixture(scope="module")
def baseline():
    return tail_of("baseline")


def test_a_russian_retreat_costs_russia_security_influence_in_every_republic(baseline):
    retreat = tail_of("russian-retreat")
    below = (
        retreat.shares[-1, RUSSIA, :, SECURITY] < baseline.shares[-1, RUSSIA, :, SECURITY]
    ).mean(axis=-1)
    assert below.shape == (5,)
    assert (below >= 0.95).all(), dict(zip(default_cast().republic_names, below, strict=True))


def test_once_they_fall_out_china_goes_where_russia_holds_security(baseline):
    """Summed over security cells and quarters of 2040 in which Russia leads in the baseline."""
    split = tail_of("china-russia-split")
    russia_leads = (baseline.shares.argmax(axis=1) == RUSSIA)[:, :, SECURITY]
    effort = [
        (tail.efforts[:, CHINA, :, SECURITY] * russia_leads).sum(axis=(0, 1))
        for tail in (baseline, split)
    ]
    above = (effort[1] > effort[0]).mean()
    assert above >= 0.9, f"in {above:.1%} of members"
