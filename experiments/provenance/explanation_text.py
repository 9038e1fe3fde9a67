"""Explanations as text."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from steppe.model.core.number_text import format_fixed
from steppe.model.evidence.documents import format_lines

LINE_WIDTH = 96  # of sentences on a terminal


def format_explanation(found: dict[str, Any]) -> str:
    """Format what `explain` returns as text."""
    if "parameter" in found:
        return _format_parameter(found)
    if "meanings" in found:
        return "\n\n".join(map(_format_meaning, found["meanings"]))
    if "claim" in found:
        return _format_claim(found)
    if "contradictions" not in found:
        return _format_table(found)
    if "events" not in found:
        return _format_relation(found)
    return _format_cell(found)


def _format_meaning(meaning: dict[str, Any]) -> str:
    lines = [
        line
        for text in (meaning["text"], *meaning["details"])
        for line in wrap(text, LINE_WIDTH, break_on_hyphens=False)
    ]
    return "\n    ".join([f"{meaning['name']} ({meaning['kind']})", *lines])


def _format_relation(found: dict[str, Any]) -> str:
    return "\n".join(
        [
            "How the two regard each other, from -1 (acts as one) to 1 (rival)",
            "",
            *_format_values(found["values"]),
            *_section("Contradictions", found["contradictions"]),
            *_section("How to read the numbers", _reading_guide(found["values"])),
        ]
    )


def _format_cell(found: dict[str, Any]) -> str:
    power, republic, channel = found["about"]
    events = [
        f"{event['when']}  {event['what']}  ({'; '.join(event['moves'])})  "
        f"[{', '.join(event['claims'])}]"
        for event in found["events"]
    ]
    targets = [_format_claim_line(claim).strip() for claim in found["targets"]]
    return "\n".join(
        [
            f"{power} in {republic}, {channel}",
            "",
            *_format_values(found["values"]),
            *_section("Events that act here", events),
            *_section("Contradictions", found["contradictions"]),
            *_section("Targets for this cell", targets),
            *_section("Assumptions", found["assumptions"]),
            *_section("How to read the numbers", _reading_guide(found["values"])),
        ]
    )


def _format_values(values: list[dict[str, Any]]) -> list[str]:
    lines = []
    for value in values:
        lines.append(
            f"{value['what']}  {format_over_time(value)}  {value['status']}: {value['how']}"
        )
        lines += [_format_claim_line(claim) for claim in value["claims"]]
    return lines


def format_over_time(value: dict[str, Any]) -> str:
    """A value, or each of its values with the quarter from which it holds."""
    changes = value["changes"]
    if len(changes) < 2:
        return format_fixed(value["value"])
    return ", ".join(
        f"{format_fixed(change['value'])} from {change['from']}"
        f"{' (assumed)' if change['assumed'] else ''}"
        for change in changes
    )


def _reading_guide(values: list[dict[str, Any]]) -> list[str]:
    """What the numbers of an explanation mean; explains only what occurs in it."""
    relation = any(" towards " in value["what"] for value in values)
    lines = [
        f"Levels run from {'-3' if relation else '0'} to 3. A value is a level divided by 3, "
        "so 1 is the maximum.",
        "'level 2.5 of 2 and 3': two blind coders gave 2 and 3, and their mean is used, unless "
        "they are two or more apart and a further reading settled it.",
        "A matter is what claims speak about: a group of claims, or one alone. Its level is the "
        "mean of its claims, weighted by confidence; a claim that names the republic replaces "
        "those on the whole region.",
        "'mean of 3 matters': the levels of three matters are averaged, weighted by confidence, so "
        "that what limits a hold counts too.",
    ]
    if any(len(value["changes"]) > 1 for value in values):
        lines.append(
            "'0.83 from 2000Q1, 1.00 from 2012Q1': claims hold from their date until a later claim "
            "on the same matter replaces them; the last value stays."
        )
    names = {value["what"].split()[0] for value in values}
    lines += [text for name, text in _GUIDE_BY_VALUE.items() if name in names]
    if any(claim["references"] for value in values for claim in value["claims"]):
        lines.append(
            "public-record: a dated public fact that no document gives; "
            "`--evidence documents-only` leaves it out."
        )
    if any(value["what"] == "budget" for value in values):
        lines.append(
            "A budget is the logarithm of a power's resources relative to 2000: 0.20 is 22% more."
        )
    return lines


_GUIDE_BY_VALUE = {
    "tie": "An event that moves a tie adds a third for each level, cut to 0 and 1 when it comes.",
    "need": "A need counts for every power, unless a claim says who else should meet it.",
    "supply": "Where nothing is said of what a power offers, half of what it offers in its other "
    "channels is assumed.",
    "institution": "Organs count for their organisation; of an organisation and its successor the "
    "one that binds more counts.",
}


def _format_claim(found: dict[str, Any]) -> str:
    used = f"used as {found['use']}" + (f", matter {found['cluster']}" if found["cluster"] else "")
    lines = [f"{found['about'][0]}: {found['kind']}, {used}", _format_claim_line(found["claim"])]
    if found["reason"]:
        lines.append(f"    note: {found['reason']}")
    values = [
        f"{value['kind']}  {', '.join(value['names'])}  {format_fixed(value['value'])}"
        for value in found["values_resting_on_it"]
    ]
    return "\n".join(
        [
            *lines,
            *_section("Coded values based on it", values),
            *_section("Events based on it", found["events_resting_on_it"]),
        ]
    )


def _format_claim_line(claim: dict[str, Any]) -> str:
    level = ""
    if claim["level"] is not None:
        level = f"level {claim['level']:g}"
        coded = [f"{value:g}" for value in claim["codings"] if value is not None]
        if len(set(coded)) == 2:
            level += f" of {' and '.join(coded)}"
        level += ", "
    source = f"{claim['document']}, {format_source(claim)}; {claim['id']}"
    return f"    {claim['says']}  ({level}{claim['confidence']}; {source})"


def format_source(claim: dict[str, Any]) -> str:
    """The lines of a claim's document, or its references."""
    if claim["lines"] is not None:
        return format_lines(tuple(claim["lines"]))
    return ", checked in ".join(
        f"{reference['publisher']}: {reference['title']} ({reference['date']})"
        for reference in claim["references"]
    )


def _section(title: str, items: list[str]) -> list[str]:
    return ["", title, *(f"    {item}" for item in items or ["none"])]


def _format_table(found: dict[str, Any]) -> str:
    rows = [
        f"{value['kind']:<12}{', '.join(value['names']):<42}{format_fixed(value['value']):>6}  "
        f"{value['status']:<11}{_count_claims(value['claims'])}"
        for value in found["values"]
    ]
    kinds = ", ".join(dict.fromkeys(value["kind"] for value in found["values"]))
    guide = f"`steppe explain KIND` says what each kind is: {kinds}"
    return "\n".join([", ".join(found["about"]) or "every coded value", "", *rows, "", guide])


def _count_claims(claims: list[str]) -> str:
    return f"{len(claims)} claim{'' if len(claims) == 1 else 's'}"


def _format_parameter(found: dict[str, Any]) -> str:
    low, high = found["bounds"]
    lines = [
        f"{found['parameter']}: {found['name']} - {found['meaning']}",
        f"unit      {found['unit']}",
        f"bounds    {low:g} to {high:g}",
        *(f"prior     {name} ~ {prior}" for name, prior in found["priors"].items()),
    ]
    if found["prior_mean"]:
        means = ", ".join(
            f"{name} {format_fixed(value)}" for name, value in found["prior_mean"].items()
        )
        lines.append(f"coded     prior means {means}")
    return "\n".join(
        [
            *lines,
            f"source    {found['source']} ({found['status']})",
            f"inputs    {found['multiplies']}",
        ]
    )
