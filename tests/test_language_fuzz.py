"""Valid files that use every key of the language: they load, they run, and their shares add up."""

import json

import numpy as np
import pytest
from examples import examples
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from steppe.model.core.type_errors import keys_of
from steppe.model.model import InfluenceModel
from steppe.model.scenario.cast_schema import AddedPower, AddedRepublic
from steppe.model.scenario.effect_schema import EFFECTS
from steppe.model.scenario.event_schema import After, Condition, Event
from steppe.model.scenario.load import load_family
from steppe.model.scenario.schema import ScenarioFile

pytestmark = pytest.mark.fuzz
QUICK = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(15),
    database=None,
    suppress_health_check=list(HealthCheck),
)
POWERS = ["Russia", "China", "USA", "EU", "Iran"]
REPUBLICS = ["Kazakhstan", "KGZ", "Tajikistan", "TKM", "Uzbekistan", "Georgia"]
CHANNELS = ["economic", "sec", "soft power"]


def names(of):
    return st.sampled_from(of) | st.just("all") | st.lists(st.sampled_from(of), min_size=1)


def number(low, high):
    return st.floats(low, high, allow_nan=False).map(lambda value: round(value, 3))


def keys(required, **optional):
    return st.fixed_dictionaries(required, optional=optional)


power, republic, channel = names(POWERS), names(REPUBLICS), names(CHANNELS)
years = st.integers(1, 3).map(lambda size: f"{size} years") | st.just("18 months")
over = years | st.integers(1, 12) | st.just("span years")
date = st.integers(2021, 2030) | st.integers(2021, 2030).map(lambda year: f"{year}Q3")
place = keys({}, republic=republic, channel=channel)
SHOCKS = {
    "effort": {"power": power, "republic": republic, "channel": channel},
    "ties": {"power": power, "republic": republic, "channel": channel},
    "supply": {"power": power, "channel": channel},
    "threat": {"republic": republic},
}
SIZES = (
    {"intensity": number(0, 3)},
    {"percent": number(0, 100) | number(0, 100).map(lambda size: f"{size}%")},
)
union = keys({"sponsors": power, "channels": channel, "weight": number(0, 1)})
EFFECT = {
    "shock": st.one_of(
        keys(
            {"shock": st.just(kind), "intensity": number(-3, 3), **cells},
            over=over,
            permanent=st.booleans(),
        )
        for kind, cells in SHOCKS.items()
    ),
    "budget": keys({"budget": power, "scale": number(0.1, 5)}, over=over),
    "reroute": keys(
        {"reroute": power, "out_of": place, "into": place, "share": number(0, 1)}, over=over
    ),
    "institution": st.one_of(
        keys({"institution": st.just("Union"), "found": union}, join=republic),
        keys({"institution": st.just("EAEU"), "join": st.just("Uzbekistan")}),
        keys({"institution": st.just("CSTO"), "leave": st.just("Tajikistan")}),
    ),
    "dissolution": st.just({"institution": "EAEU", "dissolve": True}),
    "base": keys(
        {"base": st.sampled_from(["opened", "closed"]), "power": power, "republic": republic}
    ),
    "relation": keys(
        {
            "relation": st.permutations(POWERS).map(lambda words: words[:2]),
            "becomes": number(-3, 3),
        },
        over=over,
        mutual=st.booleans(),
    ),
    "interest": keys(
        {"interest": number(0, 3), "power": power, "republic": republic, "channel": channel}
    ),
    "need": keys({"need": number(0, 3), "republic": republic, "channel": channel}),
    "tolerance": keys({"tolerance": number(-0.3, 0.3), "republic": republic}),
    "quarrel": st.one_of(
        keys({"quarrel": st.just(["Russia", "KAZ"]), **size}, channel=channel) for size in SIZES
    ),
    "succession": st.one_of(
        keys({"succession": republic, **size}, stance=number(-3, 3)) for size in SIZES
    ),
    "blockade": st.one_of(
        keys({"blockade": power, "republic": republic, **size}, channel=channel) for size in SIZES
    ),
}
condition = keys(
    {
        "power": power,
        "republic": republic,
        "channel": channel,
        "share": st.sampled_from(["> 0.2", "<= 0.3", ">= 0.05"]),
    }
)
after = st.just("first") | keys(
    {"event": st.just("first")}, end=st.booleans(), delay=years | st.just(0)
)
between = st.tuples(st.integers(2021, 2024), st.integers(2025, 2030)).map(list)
DATED = st.one_of(
    keys({"when": date}, **{"if": condition}),
    keys({"between": between}, **{"if": condition}),
    keys({"either": st.just({"2026": 0.7, "2028Q2": 0.3})}),
    keys({"after": after}, **{"if": condition}),
    keys({"if": condition}),
)
ENDS = keys({}, **{"for": years}) | keys({"until": st.just(2035)})
CHANCES = keys({}, probability=number(0, 1)) | st.just({"chance": "war"})
level = number(0, 3)
iran = keys(
    {"kind": st.just("power"), "code": st.just("IRN")},
    colour=st.just("#E69F00"),
    aliases=st.just(["Persia"]),
    budget=st.just(0) | number(0.1, 2),
    ties=st.lists(keys({"republic": republic, "channel": channel, "level": level}), max_size=2),
    interests=st.lists(
        keys({"republic": republic, "channel": channel, "level": level}), max_size=2
    ),
    supply=st.lists(keys({"channel": channel, "level": level}), max_size=2),
    relations=st.lists(
        keys({"power": st.sampled_from(POWERS[:4]), "level": number(-3, 3)}, mutual=st.booleans()),
        max_size=2,
    ),
    enters_at=number(-6, 0),
    **{"from": date},
)
georgia = keys(
    {"kind": st.just("republic")},
    code=st.just("GEO"),
    colour=st.just("#56B4E9"),
    aliases=st.just("Sakartvelo"),
    ties=st.lists(keys({"power": power, "channel": channel, "level": level}), max_size=2),
    interests=st.lists(keys({"power": power, "channel": channel, "level": level}), max_size=2),
    needs=st.lists(keys({"channel": channel, "level": level}), max_size=2),
    stance=level,
)


@st.composite
def events(draw):
    """One event to hang on, two that share a chance, and up to two more of any kind."""
    first = {"what": "the first", "when": 2024, "for": "span years"}
    written = {"first": {**first, "effects": [draw(EFFECT["budget"])]}}
    for name in ("one", "two"):
        written[name] = {"what": name, "when": 2026, "chance": "war"}
        written[name]["effects"] = [draw(EFFECT["tolerance"])]
    kinds = st.lists(st.sampled_from(sorted(EFFECT)), min_size=1, max_size=2, unique=True)
    for number_, kind in enumerate(draw(kinds)):
        if kind == "dissolution" and number_:
            continue
        event = {
            "what": "it happens",
            **draw(DATED),
            **draw(CHANCES),
            "effects": [draw(EFFECT[kind])],
        }
        if kind != "dissolution":
            event |= draw(ENDS)
        written[f"it-{number_}"] = event
    return written


@st.composite
def files(draw):
    """The data of a valid file."""
    optional = {
        "version": st.just(2),
        "narrative": st.text("abc ", max_size=20),
        "sources": st.just("outside the documents"),
        "from": st.just("2000Q1"),
        "to": st.integers(2031, 2034),
        "tags": st.just(["test"]),
        "parameters": st.sampled_from(
            [
                {"theta": 0.3},
                {"rho": {"times": 0.9}},
                {"rho": {"uniform": [2, 4]}},
                {"rho": {"normal": [3, 0.5]}},
            ]
        ),
        "expects": st.just(
            [
                {
                    "power": "autonomy",
                    "republic": "all",
                    "channel": "sec",
                    "direction": "higher",
                    "at": 2030,
                    "since": 2024,
                }
            ]
        ),
        "vary": st.sampled_from([{"grid": {"span": [1, 2]}}, {"paired": {"span": [1, 2]}}]),
    }
    span = {"meaning": "how long", "default": 2, "range": [1, 3]}
    written = {
        "title": "Any future",
        "extends": "baseline",
        "levers": {"span": span, "much": {**span, "range": [0, 9]}},
        "chances": {"war": "much / 9"},
        "cast": {"Iran": draw(iran), "Georgia": draw(georgia)},
        "events": draw(events()),
    }
    return written | draw(st.fixed_dictionaries({}, optional=optional))


def load(data, folder):
    path = folder / "any.yaml"
    path.write_text(json.dumps(data), encoding="utf-8")
    return load_family(path)


@QUICK
@given(files())
def test_every_valid_file_loads_and_runs(tmp_path_factory, data):
    if "from" in data["cast"]["Iran"]:
        data = {key: value for key, value in data.items() if key != "expects"}
    family = load(data, tmp_path_factory.getbasetemp())
    model = InfluenceModel(family[0], 3, 1)
    for _ in model.run():
        pass
    assert np.isfinite(model.share).all()
    assert np.allclose(model.share.sum(axis=0) + model.autonomy, 1)


def keys_in(data):
    """Every key in nested data."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from keys_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from keys_in(value)


MODELS = (ScenarioFile, Event, After, Condition, AddedPower, AddedRepublic)
WANTED = {
    key
    for model in (
        ScenarioFile,
        Event,
        After,
        Condition,
        AddedPower,
        AddedRepublic,
        *EFFECTS.values(),
    )
    for key in keys_of(model)
} - {"claims"}


def test_the_strategy_builds_every_key():
    built = set()

    @settings(QUICK, max_examples=500, phases=[Phase.generate])
    @given(files())
    def build(data):
        built.update(keys_in(data))

    build()
    assert built >= WANTED
