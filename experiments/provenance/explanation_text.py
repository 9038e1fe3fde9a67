"""Explanations as text."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from steppe.model.core.number_text import format_fixed
from steppe.model.core.word_lists import join_words
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
    targets = [_describe_claim_in_line(claim) for claim in found["targets"]]
    return "\n".join(
        [
            f"{power} in {republic}, {channel}",
            "",
            *_format_values(found["values"]),
            *_section("Events that act here", [*map(_format_event, found["events"])]),
            *_section("Contradictions", found["contradictions"]),
            *_section("Targets for this cell", targets),
            *_section("Assumptions", found["assumptions"]),
            *_section("How to read the numbers", _reading_guide(found["values"], found["events"])),
        ]
    )


def _format_event(event: dict[str, Any]) -> str:
    claims = ", ".join(
        f"{name} of the public record" if name in event["public_record"] else name
        for name in event["claims"]
    )
    return f"{event['when']}  {event['what']}  ({'; '.join(event['moves'])})  [{claims}]"


def _format_values(values: list[dict[str, Any]]) -> list[str]:
    lines = []
    for value in values:
        text = f"{value['what']}  {format_over_time(value)}  {value['status']}: {_how(value)}"
        lines += _fold(text, "", "    ")
        for claim in value["claims"]:
            lines += _fold(_describe_claim_in_line(claim), "    ", "        ")
    return lines


def _how(value: dict[str, Any]) -> str:
    """How a value was computed; of several, how the last was."""
    how: str = value["how"]
    several = len(value["changes"]) > 1 and value["status"] == "coded"
    return f"in 2019Q4 the {how}" if several and how.startswith("mean") else how


def _fold(text: str, first: str, rest: str) -> list[str]:
    """A text in lines of at most the width, indented."""
    return wrap(
        text,
        LINE_WIDTH + 4,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )


def format_over_time(value: dict[str, Any]) -> str:
    """A value, or each of its values with the quarter from which it holds."""
    changes = value["changes"]
    if len(changes) < 2:
        return format_fixed(value["value"])
    texts: list[str] = []
    shown = None
    for change in changes:
        now = (format_fixed(change["value"]), change["assumed"])
        if now != shown:
            texts.append(f"{now[0]} from {change['from']}{' (assumed)' if now[1] else ''}")
        shown = now
    return ", ".join(texts)


def _reading_guide(
    values: list[dict[str, Any]], events: Sequence[dict[str, Any]] = ()
) -> list[str]:
    """What the numbers of an explanation mean; explains only what occurs in it."""
    claims = [claim for value in values for claim in value["claims"]]
    moves = " ".join(move for event in events for move in event["moves"])
    relation = any(" towards " in value["what"] for value in values)
    lines = [
        f"Levels run from {'-3' if relation else '0'} to 3. A value is a level divided by 3, "
        "so 1 is the maximum.",
        "'level 2.5 of 2 and 3': two blind coders gave 2 and 3, and their mean is used, unless "
        "they are two or more apart and a further reading settled it.",
        "A matter is what claims speak about: those that name the same matter, or one claim alone. "
        "Its level is the mean of its claims, weighted by confidence; a claim that names the "
        "republic replaces those on the whole region, and one on the whole those on its parts.",
        "'mean of 3 matters': the levels of three matters are averaged, weighted by confidence, so "
        "that what limits a hold counts too.",
    ]
    if any(len(value["changes"]) > 1 for value in values):
        lines.append(
            "'0.83 from 2000Q1, 1.00 from 2012Q1': a claim holds from its date until its text, an "
            "event or a later claim on the same matter ends it; structures outlast their document. "
            "Where a text says that a tie began, it is 0 before; where a document says what is "
            "left after a fall, its level is the one after."
        )
    if any(change["assumed"] for value in values for change in value["changes"]):
        lines.append(_ASSUMED)
    names = {value["what"].split()[0] for value in values}
    lines += [text for name, text in _GUIDE_BY_VALUE.items() if name in names]
    lines += [text for word, text in _GUIDE_BY_MOVE.items() if word in moves]
    if any(claim["references"] or claim["dated_by"] for claim in claims) or any(
        event["public_record"] for event in events
    ):
        lines.append(
            "public record: a dated public fact that no document gives; "
            "`--evidence documents-only` leaves it out."
        )
    return lines


_ASSUMED = (
    "Before the first claim a tie or need is assumed as where nothing is said, by what is coded "
    "elsewhere over all of history; supply, interest, "
    "relation and how much an institution binds are taken to have been as first coded."
)
_GUIDE_BY_MOVE = {
    "ties ": "'matter X, one of 4, from level 0 to 2: ties +0.5': an event on ties changes one "
    "matter, which counts with its share; a third of a level is added to the tie. What an event "
    "brings or takes is in the tie before it too, as 'The tie before this event'.",
    "effort ": "'effort +2': an event adds two steps to what moves a power to act (parameter "
    "delta).",
    "fading": "'fading': half of it is gone after six quarters.",
}
_GUIDE_BY_VALUE = {
    "need": "A need counts for every power, unless a claim says of whom something is sought; then "
    "for these alone.",
    "supply": "Where nothing is said of what a power offers in a channel, half of what it offers "
    "in its others is assumed.",
    "budget": "A budget is the logarithm of a power's resources relative to 2000: 0.20 is 22% "
    "more.",
    "institution": "An organisation binds its members only, from when they join. Its organs count "
    "for it; of an organisation and its successor the one that binds more counts.",
}


def _format_claim(found: dict[str, Any]) -> str:
    used = f"used as {found['use']}" + (f", matter {found['cluster']}" if found["cluster"] else "")
    text = _describe_claim_in_line(found["claim"])
    lines = [
        f"{found['about'][0]}: {found['kind']}, {used}",
        *_fold(text, "    ", "        "),
    ]
    if found["reason"]:
        lines += _fold(f"note: {found['reason']}", "    ", "        ")
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


def _describe_claim_in_line(claim: dict[str, Any]) -> str:
    """What a claim says; then its level, confidence, time and matter, and where it stands."""
    facts = [_format_level(claim), claim["confidence"], _format_time(claim)]
    if claim["matter"]:
        facts.append(f"matter {claim['matter']}")
    if claim["want"]:
        facts.append(f"seeks {claim['want']}")
    told = ", ".join(fact for fact in facts if fact)
    return f"{claim['says']}  ({told}; {claim['document']}, {format_source(claim)}; {claim['id']})"


def _format_level(claim: dict[str, Any]) -> str:
    if claim["level"] is None:
        return ""
    coded = [f"{value:g}" for value in claim["codings"] if value is not None]
    settled = f" of {join_words(coded)}" if len(set(coded)) == 2 else ""
    return f"level {claim['level']:g}{settled}"


def _format_time(claim: dict[str, Any]) -> str:
    """When a claim counts, if not throughout; of a budget or a threat, its period."""
    if claim["kind"] in ("budget", "threat"):
        first, last = claim["period"]
        return str(first) if first == last else f"{first} to {last}"
    first, last = claim.get("in_force") or (None, None)
    text = " to ".join(date for date in (first, last) if date)
    text = text if first and last else f"from {first}" if first else f"to {last}" if last else ""
    if claim["dated_by"]:
        text += f" dated by {claim['dated_by']} of the public record"
    return text.strip()


def format_source(claim: dict[str, Any]) -> str:
    """The lines of a claim's document, or its references."""
    if claim["lines"] is not None:
        return format_lines(tuple(claim["lines"]))
    return ", checked in ".join(
        f"{reference['publisher']}: {reference['title']} ({reference['date']})"
        for reference in claim["references"]
    )


def _section(title: str, items: list[str]) -> list[str]:
    folded = [line for item in items or ["none"] for line in _fold(item, "    ", "        ")]
    return ["", title, *folded]


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
