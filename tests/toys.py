"""Casts of three actors with plain inputs, for tests whose right answers can be worked out by hand.

Nothing here stands in for the model: toys go through the same classes and the same
scenario files as the cast that ships.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Actor, Cast
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.evidence.institutions import Institution
from steppe.model.forcing.forcing import Forcing
from steppe.model.model import InfluenceModel
from steppe.model.parameters.ensemble import Parameters
from steppe.model.parameters.table import TABLE
from steppe.model.scenario.load import Scenario, load_scenario

CELLS = ("ties", "interests", "needs")  # inputs by power, republic and channel
MIDDLING = {
    "theta": 0.5,
    "beta": 1.0,
    "gamma": 0.75,
    "eta": 1.0,
    "iota": 1.5,
    "lambda_": 0.5,
    "phi": 5.0,
    "chi": 1.5,
    "h": 10.0,
    "sigma": 0.04,
    "alpha": 1.75,
    "tau_0": 0.4,
    "rho": 3.0,
    "psi": 0.15,
    "b": 0.0,
    "delta": 0.3,
    "zeta": 0.5,
}


def cast(powers=("East", "West"), republics=("Valley",), channels=("trade", "security")) -> Cast:
    """By default two powers and one republic; an actor's code is its name in capitals."""
    return Cast(
        *(
            tuple(Actor(name, name.upper()) for name in names)
            for names in (powers, republics, channels)
        )
    )


def inputs(of: Cast, institutions=(), **values) -> Inputs:
    """Nothing coded: no ties, interests, needs, supplies, relations, means' trends or threats.

    Each value given is broadcast to the shape of its field, so that a single number, or
    one row for all quarters with a last axis of 1, will do; ties, interests and needs may be
    given without quarters, (p, r, c). A stance of one half offsets no tolerance and puts the
    prior mean of alpha at 1.75.
    """
    powers, republics, channels = of.shape
    shapes = {
        **dict.fromkeys(CELLS, (*of.shape, HISTORY_QUARTERS)),
        "supply": (powers, channels, HISTORY_QUARTERS),
        "relations": (powers, powers, HISTORY_QUARTERS),
        "ln_means": (powers, HISTORY_QUARTERS),
        "threat": (republics, HISTORY_QUARTERS),
        "stance": (powers, republics),
    }
    defaults = {"stance": 0.5}
    unknown = set(values) - set(shapes)
    assert not unknown, f"no such field of Inputs: {unknown}"
    for name in CELLS:
        if np.ndim(values.get(name, 0.0)) == len(of.shape):
            values[name] = np.asarray(values[name])[..., None]
    arrays = {
        name: np.array(
            np.broadcast_to(
                np.asarray(values.get(name, defaults.get(name, 0.0)), dtype=float), shape
            )
        )
        for name, shape in shapes.items()
    }
    return Inputs(of, **arrays, institutions=tuple(institutions))


def institution(
    name: str, sponsors, channels, members, weight, body: str | None = None
) -> Institution:
    """An institution of a cast of two channels, with numbers given as plain lists.

    weight : one for all its channels and quarters, or (c, quarters).
    """
    binds = np.isin([TRADE, SECURITY], channels)[:, None]
    return Institution(
        name,
        np.array(sponsors, dtype=float),
        tuple(channels),
        np.array(members, dtype=float),
        binds * np.asarray(weight, dtype=float),
        body or name,
    )


def parameters(of: Cast, members: int = 1, **values) -> Parameters:
    """Middling values for every member; values given are broadcast to (entries, members)."""
    unknown = set(values) - set(MIDDLING)
    assert not unknown, f"no such parameter: {unknown}"
    columns = {}
    for row in TABLE:
        shape = (members,) if row.per is None else (len(row.entries(of)), members)
        columns[row.id] = np.broadcast_to(
            np.asarray(values.get(row.id, MIDDLING.get(row.id, 0.0)), dtype=float), shape
        )
    return Parameters(columns, of)


def scenario(of: Cast, events: dict | None = None, quarters: int = 40, **keys) -> Scenario:
    """A scenario that extends nothing, written to a file and read back like any other."""
    for name, event in (events or {}).items():
        event.setdefault("what", f"the event {name}")
    data = {
        "title": "toy",
        "version": 1,  # the quarters of toys lie before 2020, where conditions count no more
        "from": "2000Q1",
        "to": format_quarter(quarters - 1),
        "events": events or {},
        **keys,
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "toy.yaml"
        path.write_text(json.dumps(data), encoding="utf-8")  # JSON is YAML, and never has aliases
        return load_scenario(path, cast=of)


def forcing(
    coded: Inputs, events: dict, *, delta=0.3, seed: int = 0, members: int | np.ndarray = 1
) -> Forcing:
    """The forcing of a toy, before its first quarter."""
    numbers = np.arange(members) if isinstance(members, int) else np.asarray(members)
    written = scenario(coded.cast, events).events
    return Forcing(
        coded,
        written,
        np.broadcast_to(np.asarray(delta, dtype=float), numbers.shape),
        seed,
        numbers,
    )


def model(
    coded: Inputs | None = None,
    future: Scenario | None = None,
    members: int | np.ndarray = 1,
    *,
    given: Parameters | None = None,
    **keys,
) -> InfluenceModel:
    """A model of a toy, seed 0; middling parameters unless some are given."""
    coded = coded or inputs(cast())
    size = members if isinstance(members, int) else len(members)
    return InfluenceModel(
        future or scenario(coded.cast),
        members,
        inputs=coded,
        parameters=given or parameters(coded.cast, size),
        **{"seed": 0, "collect": None, **keys},
    )


def histories(of: InfluenceModel) -> np.ndarray:
    """Shares at the end of every quarter, (quarters, p, r, c, m)."""
    return np.array([of.share.copy() for _ in of.run()])


# Forcing

EAST, WEST = 0, 1
TRADE, SECURITY = 0, 1
FIRST, SECOND = 0, 1  # republics of the cast of two


def one_event(*effects, when=4, **keys):
    """An event at a quarter, given by number."""
    date = {} if {"between", "either", "if"} & set(keys) else {"when": format_quarter(when)}
    return {"it": {**date, **keys, "effects": list(effects)}}


def followed(forcing, read, quarters, share=None):
    """What `read` finds in the forcing in each quarter from the first."""
    found = []
    nobody = np.zeros((*forcing.inputs.cast.shape, forcing.size)) if share is None else share
    for quarter in range(quarters):
        forcing.advance(quarter, nobody)
        found.append(np.array(read(forcing)))
    return np.array(found)


def shock(
    target, intensity, *, permanent=False, power="East", republic="Valley", channel="trade", over=1
):
    names = {
        "effort": {"power": power, "republic": republic, "channel": channel},
        "ties": {"power": power, "republic": republic, "channel": channel},
        "supply": {"power": power, "channel": channel},
        "threat": {"republic": republic},
    }[target]
    given = {"shock": target, "intensity": intensity, "permanent": permanent, "over": over}
    return {**given, **names}
