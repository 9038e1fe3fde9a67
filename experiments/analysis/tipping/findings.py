"""Tables and sentences of a tipping point."""

from __future__ import annotations

import numpy as np

from steppe.experiments.analysis.folder import Row
from steppe.model.core.array_types import FloatArray
from steppe.model.core.number_text import format_general, format_percent

from .analysis import (
    TippingRequest,
    TippingResult,
    holds,
    response,
    response_interval,
    threshold_interval,
)

LIMITS = (
    "The interval is over these members: it shows how much the choice of members matters, not how "
    "far the model may be wrong. A probability over members depends on the distribution of the "
    "parameters; it is not a forecast."
)


def response_rows(result: TippingResult, request: TippingRequest) -> list[Row]:
    """The response by lever value as a tidy table."""
    rows = []
    for value in result.values:
        columns = result.at[value]
        low, high = response_interval(columns, request.expression, request.seed)
        rows.append(
            {
                "lever": request.lever,
                "value": value,
                "response": response(columns, request.expression),
                "low": low,
                "high": high,
                "holds": "yes" if holds(columns, request.expression) else "no",
                "members": columns.shape[1],
                "unit": "as in the condition",
            }
        )
    return rows


def threshold_rows(result: TippingResult, request: TippingRequest) -> list[Row]:
    """Lever values at which the condition changes; the interval belongs to the first."""
    low, high = threshold_interval(result.draws)
    return [
        {
            "lever": request.lever,
            "threshold": value,
            "becomes": "true" if begins else "false",
            "low": low if number == 0 else "",
            "high": high if number == 0 else "",
            "unit": f"units of {request.lever}",
        }
        for number, (value, begins) in enumerate(result.crossings)
    ]


def summary_sentences(
    result: TippingResult,
    request: TippingRequest,
    low: float | None = None,
    high: float | None = None,
) -> list[str]:
    """What the analysis found, in sentences; `low` and `high` are the ends as requested."""
    first, last = (
        response(result.at[value], request.expression) for value in (request.low, request.high)
    )
    sentences = [
        _threshold_sentence(result, request),
        f"the response goes from {format_general(first, 3)} at {request.low:g} to "
        f"{format_general(last, 3)} at {request.high:g}",
    ]
    if len(result.crossings) > 1:
        changes = ", ".join(
            f"{format_general(value, 3)} (becomes {'true' if begins else 'false'})"
            for value, begins in result.crossings
        )
        sentences.append(f"the condition changes {len(result.crossings)} times: {changes}")
    if result.non_monotone:
        sentences.append(
            "the response is not monotone: it both rises and falls by more than chance; "
            "see the figure"
        )
    if (low or request.low) < request.low or (high or request.high) > request.high:
        least, most = request.scenario.levers[request.lever].range
        sentences.append(
            f"the range of {request.lever} is {least:g} to {most:g}; the search stayed within it"
        )
    return sentences


def _threshold_sentence(result: TippingResult, request: TippingRequest) -> str:
    name, text = request.lever, request.expression.text
    if result.threshold is not None:
        return (
            f"{text} holds from {name} = {format_general(result.threshold, 3)} "
            f"(90%: {_interval_text(result.draws, request)}), {request.members} members"
        )
    if result.crossings:
        return (
            f"{text} already holds with {name} at {request.low:g}, "
            f"and no longer from {format_general(result.crossings[0][0], 3)}"
        )
    if holds(result.at[request.low], request.expression):
        return (
            f"not within the range: {text} already holds with {name} at {request.low:g} "
            f"and everywhere up to {request.high:g}"
        )
    return (
        f"not within the range: {text} holds nowhere with {name} "
        f"from {request.low:g} to {request.high:g}"
    )


def _interval_text(draws: FloatArray, request: TippingRequest) -> str:
    low, high = threshold_interval(draws)
    start = f"below {request.low:g}" if np.isinf(low) else format_general(low, 3)
    if np.isfinite(high):
        return f"{start} to {format_general(high, 3)}"
    reached = np.isfinite(draws).mean()
    return f"{start} to beyond {request.high:g}, reached in {format_percent(reached)} of resamples"
