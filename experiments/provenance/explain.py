"""Where a number comes from: coded values, the claims behind them, documents and lines, and what is assumption."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from steppe.experiments.errors import RequestError
from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.suggestions import UnknownNameError, suggest
from steppe.model.evidence.claim_models import Claim
from steppe.model.evidence.claims import Evidence, load_evidence
from steppe.model.evidence.coded_inputs import Inputs, code_inputs
from steppe.model.evidence.coding import CodedValue
from steppe.model.evidence.levels import level_lookup
from steppe.model.parameters.table import BY_ID, Parameter, all_labels, find_parameter
from steppe.model.scenario.load import load_scenario

INFORMED_BY = {
    "beta": "tie",
    "gamma": "institution",
    "eta": "need",
    "iota": "interest",
    "chi": "relation",
    "alpha": "stance",
    "tau_0": "stance",
    "psi": "threat",
    "b": "budget",
    "delta": "event",
}


def explain(words: Sequence[str], evidence_folder: Path | None = None) -> dict[str, Any]:
    """What stands behind a cell, an actor or a parameter, or what rests on a claim.

    Three names (power, republic, channel, in any order) give one cell in full, two powers
    how each regards the other; fewer names give every coded value that they share; a
    parameter gives its row of the table, the id of a claim what rests on it.

    Raises
    ------
    RequestError
        If a word names nothing, or two words name the same kind of thing.
    """
    cast = default_cast()
    evidence = load_evidence(evidence_folder)
    if len(words) == 1 and (words[0].partition("[")[0] in BY_ID):
        return _parameter(words[0], evidence, cast)
    inputs = code_inputs(evidence, cast)
    if len(words) == 1 and evidence.by_id(words[0]) is not None:
        return _resting_on(evidence.by_id(words[0]), evidence, inputs)
    pair = _two_powers(words, cast)
    if pair is not None:
        return _relation(pair, inputs, evidence)
    chosen = _sorted_out(words, cast)
    if len(chosen) == 3:
        return explain_cell(
            chosen["power"], chosen["republic"], chosen["channel"], inputs, evidence
        )
    return {"about": list(chosen.values()), "values": _values_about(set(chosen.values()), inputs)}


def _two_powers(words: Sequence[str], cast: Cast) -> tuple[str, str] | None:
    """The names of two different powers, if the words are just that."""
    try:
        names = [cast.actors("power")[cast.index("power", word)].name for word in words]
    except UnknownNameError:
        return None
    return (names[0], names[1]) if len(names) == 2 and names[0] != names[1] else None


def _relation(pair: tuple[str, str], inputs: Inputs, evidence: Evidence) -> dict[str, Any]:
    values = []
    for one, other in (pair, pair[::-1]):
        series = inputs.relations[
            inputs.cast.index("power", one), inputs.cast.index("power", other)
        ]
        values.append(
            _value(f"{one} towards {other}", inputs.trail["relation", one, other], evidence, series)
        )
    return {
        "about": list(pair),
        "values": values,
        "contradictions": _contradictions(values, evidence),
    }


def _resting_on(claim: Claim, evidence: Evidence, inputs: Inputs) -> dict[str, Any]:
    """A claim, and every coded value and event that rests on it."""
    values = [
        {"kind": key[0], "names": list(key[1:]), "value": round(coded[-1].value, 3)}
        for key, coded in inputs.trail.items()
        if any(claim.id in value.claims for value in coded)
    ]
    events = [
        name for name, event in load_scenario("history").events.items() if claim.id in event.claims
    ]
    return {
        "about": [claim.id],
        "claim": _claim(claim, evidence),
        "kind": claim.kind,
        "use": claim.use,
        "reason": claim.reason,
        "cluster": claim.cluster,
        "values_resting_on_it": values,
        "events_resting_on_it": events,
    }


def _sorted_out(words: Sequence[str], cast: Cast) -> dict[str, str]:
    """Each word as a power, a republic or a channel."""
    chosen: dict[str, str] = {}
    for word in words:
        for kind in cast.kinds:
            try:
                name = cast.actors(kind)[cast.index(kind, word)].name
            except UnknownNameError:
                continue
            if kind in chosen:
                again = (
                    "named twice"
                    if name == chosen[kind]
                    else f"a second {kind} beside '{chosen[kind]}'"
                )
                raise RequestError(
                    f"'{word}' is {again}; name one power, one republic, one channel"
                )
            chosen[kind] = name
            break
        else:
            known = [actor.name for kind in cast.kinds for actor in cast.actors(kind)] + list(
                all_labels(cast)
            )
            raise RequestError(
                f"'{word}' is no power, republic, channel, parameter or claim; {suggest(word, known)}"
            )
    return chosen


def _values_about(names: set[str], inputs: Inputs) -> list[dict[str, Any]]:
    return [
        {
            "kind": key[0],
            "names": list(key[1:]),
            "value": round(coded[-1].value, 3),
            "status": coded[-1].status,
            "claims": sorted({identifier for value in coded for identifier in value.claims}),
        }
        for key, coded in inputs.trail.items()
        if names <= set(key[1:])
    ]


def explain_cell(
    power: str, republic: str, channel: str, inputs: Inputs, evidence: Evidence
) -> dict[str, Any]:
    keys = {
        "tie": ("tie", power, republic, channel),
        "interest": ("interest", power, republic, channel),
        "need": ("need", republic, channel),
        "supply": ("supply", power, channel),
        "budget": ("budget", power),
        "stance": ("stance", republic),
        "threat": ("threat", republic),
    }
    supply = inputs.supply[inputs.cast.index("power", power), inputs.cast.index("channel", channel)]
    values = [
        _value(name, inputs.trail[key], evidence, supply if name == "supply" else None)
        for name, key in keys.items()
    ]
    values += _institutions(power, channel, inputs, evidence)
    return {
        "about": [power, republic, channel],
        "values": values,
        "events": _events(power, republic, channel, inputs.cast),
        "contradictions": _contradictions(values, evidence),
        "targets": [
            _claim(claim, evidence)
            for claim in evidence.targets()
            if _touches(claim, power, republic, channel)
        ],
        "assumptions": [
            f"{value['what']}: {value['how']}"
            for value in values
            if value["status"] == "assumption"
        ],
    }


def _value(
    what: str, coded: list[CodedValue], evidence: Evidence, series: np.ndarray | None = None
) -> dict[str, Any]:
    """A coded value; `series`, (quarters,), is how it runs through history, where it does."""
    claims = list(dict.fromkeys(identifier for value in coded for identifier in value.claims))
    return {
        "what": what,
        "value": round(coded[-1].value, 3),
        "over_time": [round(value.value, 3) for value in coded],
        "changes": [] if series is None else _changes(series),
        "status": coded[-1].status,
        "how": coded[-1].how,
        "claims": [_claim(evidence.by_id(name), evidence) for name in claims],
    }


def _changes(series: np.ndarray) -> list[dict[str, Any]]:
    """What a dated value is from each quarter in which it changes, the first among them."""
    starts = [0, *(np.flatnonzero(np.diff(series)) + 1)]
    return [
        {"from": format_quarter(quarter), "value": round(float(series[quarter]), 3)}
        for quarter in starts
    ]


def _institutions(
    power: str, channel: str, inputs: Inputs, evidence: Evidence
) -> list[dict[str, Any]]:
    row, column = inputs.cast.index("power", power), inputs.cast.index("channel", channel)
    return [
        _value(
            f"institution {institution.name}",
            inputs.trail["institution", institution.name],
            evidence,
        )
        for institution in inputs.institutions
        if institution.sponsors[row] > 0 and column in institution.channels
    ]


def _claim(claim: Claim, evidence: Evidence) -> dict[str, Any]:
    second = evidence.second_coding.get(claim.id)
    return {
        "id": claim.id,
        "says": claim.says,
        "document": evidence.document_of[claim.id],
        "lines": list(claim.lines),
        "period": list(claim.period) if claim.period else None,
        "confidence": claim.confidence,
        "level": claim.level,
        "second_level": second,
        "level_in_use": level_lookup(evidence)(claim) if claim.level is not None else None,
    }


def _events(power: str, republic: str, channel: str, cast: Cast) -> list[dict[str, Any]]:
    """Events of the history that act on the cell."""
    history = load_scenario("history")
    places = (
        cast.index("power", power),
        cast.index("republic", republic),
        cast.index("channel", channel),
    )
    return [
        {
            "name": name,
            "what": event.what,
            "when": " or ".join(map(format_quarter, event.dates())),
            "claims": list(event.claims),
        }
        for name, event in history.events.items()
        if any(_acts_on(effect, places, cast) for effect in event.effects)
    ]


def _acts_on(effect, places: tuple[int, int, int], cast: Cast) -> bool:
    if hasattr(effect, "shock"):
        named = (effect.power, effect.republic, effect.channel)
        return all(
            words is None or place in words for words, place in zip(named, places, strict=True)
        )
    if hasattr(effect, "institution"):
        from steppe.model.evidence.coded_inputs import default_inputs

        row = next(
            (item for item in default_inputs().institutions if item.name == effect.institution),
            None,
        )
        moved = {*(effect.join or ()), *(effect.leave or ())}
        return (
            row is not None
            and row.sponsors[places[0]] > 0
            and places[1] in moved
            and places[2] in row.channels
        )
    return False


def _contradictions(values: list[dict[str, Any]], evidence: Evidence) -> list[str]:
    """Claims of one cluster that give different levels or dates."""
    found = []
    for value in values:
        clusters: dict[str, list[Claim]] = {}
        for item in value["claims"]:
            claim = evidence.by_id(item["id"])
            if claim.cluster:
                clusters.setdefault(claim.cluster, []).append(claim)
        for name, claims in clusters.items():
            levels = sorted({claim.level for claim in claims})
            if len(levels) > 1:
                told = ", ".join(f"{claim.id} says {claim.level:g}" for claim in claims)
                found.append(f"{value['what']}, cluster {name}: {told}; averaged by confidence")
    return found


def _touches(claim: Claim, power: str, republic: str, channel: str) -> bool:
    return power in claim.powers and republic in claim.republics and channel in claim.channels


def _parameter(label: str, evidence: Evidence, cast: Cast) -> dict[str, Any]:
    try:
        row, entry = find_parameter(label, cast)
    except UnknownNameError as error:
        raise RequestError(str(error)) from None
    kind = INFORMED_BY.get(row.id)
    return {
        "about": [label],
        "parameter": row.id,
        "name": row.name,
        "meaning": row.meaning,
        "unit": row.unit,
        "priors": {
            name: row.prior(item).describe()
            for item, name in zip(row.entries(cast), row.labels(cast), strict=True)
            if entry in (None, item)
        },
        "bounds": list(row.bounds),
        "source": row.source,
        "status": row.status,
        "multiplies": f"{len(evidence.inputs(kind))} claims of kind {kind}"
        if kind
        else "no coded input of its own",
        "prior_mean": _alpha_note(row, evidence, cast),
    }


def _alpha_note(row: Parameter, evidence: Evidence, cast: Cast) -> dict[str, float] | None:
    return (
        {name: round(value, 2) for name, value in code_inputs(evidence, cast).alpha_means.items()}
        if row.id == "alpha"
        else None
    )


def format_explanation(found: dict[str, Any]) -> str:
    """An explanation as lines for a person."""
    if "parameter" in found:
        return _parameter_text(found)
    if "claim" in found:
        return _claim_text(found)
    if "contradictions" not in found:
        return _table_text(found)
    if "events" not in found:
        lines = ["How the two regard each other, from -1 (acts as one) to 1 (rival)", ""]
        lines += [
            *_value_lines(found["values"]),
            *_section("Contradictions", found["contradictions"]),
        ]
        return "\n".join(
            [*lines, *_section("How to read the numbers", _how_to_read(found["values"]))]
        )
    power, republic, channel = found["about"]
    lines = [f"{power} in {republic}, {channel}", "", *_value_lines(found["values"])]
    lines += _section(
        "Events that act here",
        [
            f"{event['when']}  {event['what']}  [{', '.join(event['claims'])}]"
            for event in found["events"]
        ],
    )
    lines += _section("Contradictions", found["contradictions"])
    lines += _section(
        "Targets that score this cell", [_claim_line(claim).strip() for claim in found["targets"]]
    )
    lines += _section("Mere assumption", found["assumptions"])
    lines += _section("How to read the numbers", _how_to_read(found["values"]))
    return "\n".join(lines)


def _value_lines(values: list[dict[str, Any]]) -> list[str]:
    lines = []
    for value in values:
        lines.append(f"{value['what']}  {_over_time(value)}  {value['status']}: {value['how']}")
        lines += [_claim_line(claim) for claim in value["claims"]]
    return lines


def _over_time(value: dict[str, Any]) -> str:
    """A value, or what it is from which quarter on."""
    changes = value["changes"]
    if len(changes) < 2:
        return f"{value['value']:.2f}"
    return ", ".join(f"{change['value']:.2f} from {change['from']}" for change in changes)


def _how_to_read(values: list[dict[str, Any]]) -> list[str]:
    """What the numbers of an explanation are, in words; no more than occurs in it."""
    relation = any(" towards " in value["what"] for value in values)
    lines = [
        f"Levels run from {'-3' if relation else '0'} to 3; a value is a level divided by 3, so that 1 is the most.",
        "A claim's level: what the first coding and, after 'and', the second coding of it gave; their mean is used, unless a third reading settled it.",
        "A cluster is the claims that speak of one and the same thing, or one claim alone; its level is their mean, weighted by confidence.",
    ]
    if any(value["how"].startswith("largest of") for value in values):
        lines.append(
            "'largest of 3 clusters': claims speak of three such things, and the one with the highest level gives the value."
        )
    if any(value["how"].startswith("mean of") and "cluster" in value["how"] for value in values):
        lines.append(
            "'mean of 3 clusters': claims speak of three such things, which may pull either way, and the mean of their levels gives the value."
        )
    if any(len(value["changes"]) > 1 for value in values):
        lines.append(
            "'0.83 from 2000Q1, 1.00 from 2012Q1': the value changes as the claims do that speak of a quarter; the last is kept from then on."
        )
    if any(value["what"] == "budget" for value in values):
        lines.append(
            "A budget is the logarithm of a power's means relative to 2000: 0.20 is 22 % more."
        )
    return lines


def _claim_text(found: dict[str, Any]) -> str:
    used = f"used as {found['use']}" + (f", cluster {found['cluster']}" if found["cluster"] else "")
    lines = [f"{found['about'][0]}: {found['kind']}, {used}", _claim_line(found["claim"])]
    if found["reason"]:
        lines.append(f"    note: {found['reason']}")
    values = [
        f"{value['kind']}  {', '.join(value['names'])}  {value['value']:.2f}"
        for value in found["values_resting_on_it"]
    ]
    return "\n".join(
        [
            *lines,
            *_section("Coded values that rest on it", values),
            *_section("Events that rest on it", found["events_resting_on_it"]),
        ]
    )


def _claim_line(claim: dict[str, Any]) -> str:
    first, last = claim["lines"]
    where = (
        f"{claim['document']}, line {first}"
        if last == first
        else f"{claim['document']}, lines {first} to {last}"
    )
    level = (
        ""
        if claim["level"] is None
        else f"level {claim['level']:g}"
        + (f" and {claim['second_level']:g}" if claim["second_level"] is not None else "")
        + ", "
    )
    return f"    {claim['says']}  ({level}{claim['confidence']}; {where}; {claim['id']})"


def _section(title: str, items: list[str]) -> list[str]:
    return ["", title, *(f"    {item}" for item in items or ["none"])]


def _table_text(found: dict[str, Any]) -> str:
    rows = [
        f"{value['kind']:<12}{', '.join(value['names']):<42}{value['value']:>6.2f}  {value['status']:<11}{_counted(value['claims'])}"
        for value in found["values"]
    ]
    return "\n".join([", ".join(found["about"]) or "every coded value", "", *rows])


def _counted(claims: list[str]) -> str:
    return f"{len(claims)} claim{'' if len(claims) == 1 else 's'}"


def _parameter_text(found: dict[str, Any]) -> str:
    lines = [
        f"{found['parameter']}: {found['name']} - {found['meaning']}",
        f"unit      {found['unit']}",
        f"bounds    {found['bounds'][0]:g} to {found['bounds'][1]:g}",
    ]
    lines += [f"prior     {name} ~ {words}" for name, words in found["priors"].items()]
    if found["prior_mean"]:
        lines.append(
            "coded     prior means "
            + ", ".join(f"{name} {value:.2f}" for name, value in found["prior_mean"].items())
        )
    return "\n".join(
        [
            *lines,
            f"source    {found['source']} ({found['status']})",
            f"weighs    {found['multiplies']}",
        ]
    )
