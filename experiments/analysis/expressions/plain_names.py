"""Expressions and factors in plain words, for the headings of figures; symbols stay beside them."""

from __future__ import annotations

from contextlib import suppress

from steppe.model.core.calendar import year_of
from steppe.model.core.cast import AUTONOMY, Cast
from steppe.model.core.number_text import format_general
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.core.word_lists import (
    channel_in_words,
    count_in_words,
    join_words,
    possessive,
    with_article,
)
from steppe.model.parameters.table import find_parameter

from .syntax_tree import Aggregate, Call, Node, Number, Operation

_OPERATORS = {">": "above", "<": "below", ">=": "at least", "<=": "at most"}
_AGGREGATES = {"P": "probability that", "mean": "mean of", "median": "median of"}


def name_factor(label: str, cast: Cast) -> str:
    """`budget offset, China (b[China])`; a label that is no parameter stays as it is."""
    with suppress(UnknownNameError):
        row, entry = find_parameter(label, cast)
        name = row.name.replace("_", " ")
        return f"{name}, {entry} ({label})" if entry else f"{name} ({label})"
    return label


def describe_expression(node: Node, cast: Cast) -> str:
    """An expression in words: `China's share in security in Kazakhstan in 2040`."""
    if isinstance(node, Number):
        return format_general(node.value)
    if isinstance(node, Call):
        return _describe_call(node, cast)
    parts = [describe_expression(part, cast) for part in _parts(node)]
    if isinstance(node, Aggregate):
        return f"{_AGGREGATES[node.name]} {parts[0]}"
    if len(parts) == 1:
        return f"{'not' if node.operator == 'not' else 'minus'} ({parts[0]})"
    shown = [
        f"({text})" if isinstance(part, Operation) else text
        for text, part in zip(parts, _parts(node), strict=True)
    ]
    return f" {_OPERATORS.get(node.operator, node.operator)} ".join(shown)


def as_heading(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def _parts(node: Aggregate | Operation) -> tuple[Node, ...]:
    return (node.part,) if isinstance(node, Aggregate) else node.parts


def _describe_call(call: Call, cast: Cast) -> str:
    where, when = _describe_places(call, cast), f"in {year_of(call.quarter)}"
    if call.run:
        when += f" in the {call.run}"
    channels = [cast.channel_names[index] for index in call.channels]
    within = f" in {join_words([channel_in_words(name) for name in channels])}"
    if not channels or len(channels) == len(cast.channel_names):
        within = ""
    holder = "" if call.holder is None else cast.power_names[call.holder]
    if call.name == "leads":
        matter = within.removeprefix(" in ") or "the mean of the channels"
        return f"{with_article(holder)} leads {matter} {where} {when}"
    if call.name in ("share", AUTONOMY):
        subject = f"{possessive(with_article(holder))} share" if holder else AUTONOMY
        return f"{subject}{within} {where} {when}"
    if call.name in ("dependence", "leverage"):
        return f"{call.name} on {with_article(holder)} {where} {when}"
    subject = f"{possessive(with_article(holder))} {call.name}" if holder else call.name
    return f"{subject} {where} {when}"


def _describe_places(call: Call, cast: Cast) -> str:
    names = [cast.republic_names[index] for index in call.republics]
    if call.name == "leads" and call.at_least:
        if len(names) == 1:
            return f"in {names[0]}"
        every = call.at_least == len(names)
        least = count_in_words(call.at_least)
        return f"in all {least} republics" if every else f"in at least {least} republics"
    if len(names) == 1:
        return f"in {names[0]}"
    return "on average over the republics"
