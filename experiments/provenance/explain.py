"""Explain a number: coded values, the claims and documents behind them, and assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.suggestions import UnknownNameError, suggest_name
from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.claims import Evidence, load_evidence
from steppe.model.evidence.coded_inputs import Inputs, code_inputs
from steppe.model.evidence.documents import Documents, load_documents
from steppe.model.evidence.series import Series, load_series
from steppe.model.parameters.table import BY_ID, Parameter, all_labels, find_parameter
from steppe.model.scenario.load import Scenario
from steppe.model.scenario.load_history import load_history

from .cell_events import Sources
from .cell_explanation import contradictions, describe_claim, describe_value, explain_cell
from .names import find_term, known_names, meanings

INFORMED_BY = {  # kind of the claims whose coded values a parameter multiplies
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


def explain(
    names: Sequence[str], evidence_folder: Path | None = None, series: tuple[Path, ...] = ()
) -> dict[str, Any]:
    """Explain a cell, an actor, a parameter, a claim, or any other name or term.

    Three names (power, republic, channel, in any order) give one cell in full; two powers how each
    regards the other; fewer names every coded value that they share; a parameter its row of the
    table; the id of a claim the values and events based on it; any other word what it names: a
    term, observable, document, institution, scenario, lever or event. `series` are folders.

    Raises
    ------
    RequestError
        If a name is unknown, or two names are of the same kind.
    """
    cast = default_cast()
    evidence = load_evidence(evidence_folder)
    if find_term(" ".join(names)):  # several words can be one term, such as coded input
        names = [" ".join(names)]
    if len(names) == 1 and names[0].partition("[")[0] in BY_ID:
        return _explain_parameter(names[0], evidence, cast)
    inputs, history = code_inputs(evidence, cast), load_history(evidence_folder)
    claim = evidence.by_id(names[0]) if len(names) == 1 else None
    if claim is not None:
        return _explain_claim(claim, evidence, inputs, history)
    pair = _two_powers(names, cast)
    if pair is not None:
        return _explain_relation(pair, inputs, evidence)
    if len(names) == 1 and not _is_actor(names[0], cast):
        documents = load_documents(evidence_folder)
        counted = load_series(series)
        return _explain_name(names[0], inputs, documents, evidence, history, counted)
    chosen = _sort_by_kind(names, cast)
    if len(chosen) == 3:
        cell = (chosen["power"], chosen["republic"], chosen["channel"])
        return explain_cell(cell, Sources(inputs, evidence, history))
    return {"about": list(chosen.values()), "values": _values_about(set(chosen.values()), inputs)}


def _two_powers(words: Sequence[str], cast: Cast) -> tuple[str, str] | None:
    """The names of two different powers; None if the words are anything else."""
    try:
        names = [cast.actors("power")[cast.index("power", word)].name for word in words]
    except UnknownNameError:
        return None
    return (names[0], names[1]) if len(names) == 2 and names[0] != names[1] else None


def _explain_relation(pair: tuple[str, str], inputs: Inputs, evidence: Evidence) -> dict[str, Any]:
    values = []
    for one, other in (pair, pair[::-1]):
        coded = inputs.trail["relation", one, other]
        values.append(describe_value(f"{one} towards {other}", coded, evidence))
    return {
        "about": list(pair),
        "values": values,
        "contradictions": contradictions(values, evidence),
    }


def _explain_claim(
    claim: Claim, evidence: Evidence, inputs: Inputs, history: Scenario
) -> dict[str, Any]:
    """A claim, and every coded value and event based on it."""
    resting = {claim.id, *_dated_by(claim, evidence)}
    values = [
        {"kind": key[0], "names": list(key[1:]), "value": round(coded[-1].value, 3)}
        for key, coded in inputs.trail.items()
        if any(resting & set(value.claims) for value in coded)
    ]
    events = [name for name, event in history.events.items() if claim.id in event.claims]
    return {
        "about": [claim.id],
        "claim": describe_claim(claim, evidence),
        "kind": claim.kind,
        "use": claim.use,
        "reason": claim.reason,
        "cluster": claim.cluster,
        "values_resting_on_it": values,
        "events_resting_on_it": events,
    }


def _dated_by(date: Claim, evidence: Evidence) -> list[str]:
    """The claims that a claim of the public record dates."""
    return [claim.id for claim in evidence.claims if evidence.date_of(claim) == date]


def _sort_by_kind(words: Sequence[str], cast: Cast) -> dict[str, str]:
    """The names of the actors meant, by kind: power, republic, channel."""
    chosen: dict[str, str] = {}
    for word in words:
        kind, name = _find_actor(word, cast)
        if kind in chosen:
            again = (
                "named twice"
                if name == chosen[kind]
                else f"a second {kind} beside '{chosen[kind]}'"
            )
            raise RequestError(f"'{word}' is {again}; name one power, one republic, one channel")
        chosen[kind] = name
    return chosen


def _is_actor(word: str, cast: Cast) -> bool:
    try:
        _find_actor(word, cast)
    except RequestError:
        return False
    return True


def _explain_name(
    word: str,
    inputs: Inputs,
    documents: Documents,
    evidence: Evidence,
    history: Scenario,
    series: Sequence[Series],
) -> dict[str, Any]:
    """Everything else that a single word names."""
    found = meanings(word, inputs, documents, evidence, history, series)
    if not found:
        claims = [claim.id for claim in evidence.claims]
        known = [*_actor_names(inputs.cast), *known_names(inputs, documents)]
        raise RequestError(
            f"'{word}' is not the name of anything here: a power, republic, channel, parameter, "
            "observable, claim, document, institution, scenario, lever, event or term; "
            f"{suggest_name(word, [*known, *all_labels(inputs.cast), *claims])}"
        )
    return {"about": [word], "meanings": found}


def _actor_names(cast: Cast) -> list[str]:
    return [actor.name for kind in cast.kinds for actor in cast.actors(kind)]


def _find_actor(word: str, cast: Cast) -> tuple[str, str]:
    """Kind and name of the actor that a word means."""
    for kind in cast.kinds:
        try:
            return kind, cast.actors(kind)[cast.index(kind, word)].name
        except UnknownNameError:
            continue
    raise RequestError(
        f"'{word}' is not a power, republic or channel; {suggest_name(word, _actor_names(cast))}"
    )


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


def _explain_parameter(label: str, evidence: Evidence, cast: Cast) -> dict[str, Any]:
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
        else "no coded input",
        "prior_mean": _prior_means(row, evidence, cast),
    }


def _prior_means(row: Parameter, evidence: Evidence, cast: Cast) -> dict[str, float] | None:
    return (
        {name: round(value, 2) for name, value in code_inputs(evidence, cast).alpha_means.items()}
        if row.id == "alpha"
        else None
    )
