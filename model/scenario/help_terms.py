"""What `steppe help` says of every term of the language, made from the schema and the cast.

The meanings are those of the fields of the models, which editors show as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import BaseModel

from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.word_lists import join_words
from steppe.model.core.yaml_source import parse_yaml
from steppe.model.parameters.table import TABLE

from .cast_schema import AddedPower, AddedRepublic
from .durations import LONGEST, describe_duration
from .effect_schema import EFFECTS, LOOKED_FOR, Founding, Place
from .event_schema import After, Condition, Event
from .find_files import SHIPPED, shipped_names
from .help_examples import (
    EFFECT_EXAMPLES,
    EVENT_EXAMPLES,
    FILE_EXAMPLES,
    KEY_EXAMPLES,
    example_file,
)
from .load_history import load_history
from .memberships import members_after
from .schema import Change, Lever, ScenarioFile, Vary
from .value_types import YEAR

EVERYDAY = "everyday words"
UNBOUNDED = 1e6
NAMED = ("the cast", "the effect institution", "for, over and delay")


@dataclass(frozen=True)
class Term:
    """A word of the language.

    where : what it belongs to. bounds : its range, or its forms. example : lines of a file.
    file : the whole file in which the example stands. used_in : shipped scenarios that use it.
    """

    term: str
    where: str
    meaning: str
    bounds: str = ""
    example: str = ""
    file: str = ""
    used_in: tuple[str, ...] = ()

    def as_row(self) -> dict[str, Any]:
        """Return what is stored: all but the file and what is empty."""
        return {key: value for key, value in asdict(self).items() if value and key != "file"}


def language_terms() -> list[Term]:
    """Return every key, effect, actor, institution, unit and parameter of scenario files."""
    texts = {
        name: (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
        for name in shipped_names()
        if name != "history"
    }
    uses = {name: set(_uses(parse_yaml(text, name).data)) for name, text in texts.items()}
    terms = [
        *_keys(ScenarioFile, "a scenario file", FILE_EXAMPLES, "head"),
        *_keys(Event, "an event", EVENT_EXAMPLES, "dated"),
        *_effects(),
        *_inner_keys(),
        *_actors(default_cast()),
        *_institutions(default_cast()),
        *_units(),
        *(Term(word, EVERYDAY, meaning) for word, meaning in LOOKED_FOR.items()),
        *_parameters(),
    ]
    return [_with_uses(term, texts, uses) for term in terms]


def _keys(
    model: type[BaseModel], where: str, examples: Mapping[str, str], place: str
) -> Iterator[Term]:
    bounds = _bounds(model)
    for name, info in model.model_fields.items():
        key = info.alias or name
        shown = examples.get(key, "")
        lines = {place: shown} if shown else {}
        file = example_file(**lines)
        yield Term(key, where, info.description or "", bounds[key], _dedent(shown) or file, file)


def _dedent(lines: str) -> str:
    return lines.replace("\n    ", "\n")


def _effects() -> Iterator[Term]:
    for kind, model in EFFECTS.items():
        example = EFFECT_EXAMPLES[kind]
        meaning = " ".join((model.__doc__ or "").split())
        file = example_file(example)
        yield Term(kind, "an effect", meaning, _bounds(model)[kind], f"- {example}", file)
        for name, info in model.model_fields.items():
            key = info.alias or name
            if key != kind:
                where = f"the effect {kind}"
                shown = KEY_EXAMPLES.get((kind, key), example)
                bounds, meaning = _bounds(model)[key], info.description or ""
                yield Term(key, where, meaning, bounds, f"- {shown}", example_file(shown))


def _inner_keys() -> Iterator[Term]:
    models: tuple[tuple[type[BaseModel], str, str, str, str], ...] = (
        (Condition, "the condition of an event", "dated", EVENT_EXAMPLES["if"], ""),
        (After, "the date 'after' of an event", "dated", EVENT_EXAMPLES["after"], ""),
        (Place, "'out_of' and 'into' of a reroute", "effect", EFFECT_EXAMPLES["reroute"], "- "),
        (
            Founding,
            "'found' of an institution",
            "effect",
            KEY_EXAMPLES["institution", "found"],
            "- ",
        ),
        (Lever, "a lever", "head", FILE_EXAMPLES["levers"], ""),
        (Change, "a changed parameter", "head", FILE_EXAMPLES["parameters"], ""),
        (Vary, "'vary'", "head", FILE_EXAMPLES["vary"], ""),
        (AddedPower, "an added power", "head", FILE_EXAMPLES["cast"], ""),
        (AddedRepublic, "an added republic", "head", KEY_EXAMPLES["republic", "kind"], ""),
    )
    for model, where, place, example, mark in models:
        bounds, kind = _bounds(model), where.split()[-1].strip("'")
        for name, info in model.model_fields.items():
            key = info.alias or name
            shown = KEY_EXAMPLES.get((kind, key), example)
            file, meaning = example_file(**{place: shown}), info.description or ""
            yield Term(key, where, meaning, bounds[key], mark + shown, file)


def _bounds(model: type[BaseModel]) -> dict[str, str]:
    """Return the range, or the forms, of every key of a model, in words."""
    schema = model.model_json_schema(by_alias=True)
    return {key: _describe(value) for key, value in schema["properties"].items()}


def _describe(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "steppe:actor" in schema:
        return f"a {schema['steppe:actor']}"
    if "anyOf" in schema:
        forms = [_describe(form) for form in schema["anyOf"] if form.get("title") != YEAR]
        return join_words(list(dict.fromkeys(form for form in forms if form)), "or")
    if schema.get("type") in ("number", "integer"):
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum")
        bounded = low is not None and high is not None and high < UNBOUNDED
        return f"{low:g} to {high:g}" if bounded else "a number"
    if schema.get("type") == "array":
        inner = _describe(schema.get("items", {}))
        if schema.get("maxItems") == 2 == schema.get("minItems"):
            item = schema.get("items", {})
            parts = schema.get("prefixItems") or item.get("anyOf") or [item] * 2
            words = (_describe(part).partition(" or arithmetic")[0] for part in parts)
            return f"[{', '.join(word.removeprefix('a ') for word in words)}]"
        if inner in ("a power", "a republic", "a channel"):
            return "a list of them"
        return f"a list of {inner}" if inner else "a list"
    if schema.get("type") == "string":
        return str(schema.get("description", "text"))
    return {"boolean": "true or false", "object": "a mapping"}.get(str(schema.get("type")), "")


def _actors(cast: Cast) -> Iterator[Term]:
    for kind in cast.kinds:
        for actor in cast.actors(kind):
            names = {"power": "Russia", "republic": "Kazakhstan", "channel": "economic"}
            names[kind] = actor.name
            where = ", ".join(f"{key}: {name}" for key, name in names.items())
            effect = f"{{shock: ties, {where}, intensity: 1}}"
            spellings = ", ".join((actor.code, *actor.aliases))
            meaning = f"a {kind} of the cast; also written {spellings}"
            yield Term(actor.name, "the cast", meaning, "", f"- {effect}", example_file(effect))


def _institutions(cast: Cast) -> Iterator[Term]:
    for name, members in members_after(load_history().events, cast).items():
        who = join_words(members) if members else "none, since it ended or was succeeded"
        example = f"{{institution: {name}, leave: {members[0]}}}" if members else ""
        meaning = (
            f"an organisation of the region; members at the end of 2019: {who}; "
            f"steppe explain '{name}' says more"
        )
        file = example and example_file(example)
        yield Term(name, "the effect institution", meaning, "", example and f"- {example}", file)


def _units() -> Iterator[Term]:
    meanings = {
        "years": "four quarters each",
        "quarters": "the steps of the model",
        "months": "thirds of a quarter; the whole must be whole quarters",
    }
    for unit, meaning in meanings.items():
        length = {"years": "2 years", "quarters": "6 quarters", "months": "18 months"}[unit]
        dated = f"when: 2027\n    for: {length}"
        yield Term(
            unit,
            "for, over and delay",
            f"a unit of time, {meaning}",
            f"1 quarter to {describe_duration(LONGEST)}",
            _dedent(dated),
            example_file(dated=dated),
        )


def _parameters() -> Iterator[Term]:
    for row in TABLE:
        low, high = row.bounds
        bounds = f"{low:g} to {high:g} ({row.unit})"
        example = f"parameters: {{{row.id}: {{times: 0.9}}}}"
        file = example_file(head=example)
        yield Term(row.id, "parameters", f"{row.name}: {row.meaning}", bounds, example, file)


def _uses(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a scenario file uses: what a key belongs to, and the key."""
    yield from (("a scenario file", key) for key in data)
    for event in (data.get("events") or {}).values():
        for key, value in (event or {}).items():
            yield "an event", key
            if key == "if":
                yield from (("the condition of an event", inner) for inner in value)
        for effect in (event or {}).get("effects", ()):
            kind = next(key for key in effect if key in EFFECTS)
            yield "an effect", kind
            yield from ((f"the effect {kind}", key) for key in effect if key != kind)


def _with_uses(
    term: Term, texts: Mapping[str, str], uses: Mapping[str, set[tuple[str, str]]]
) -> Term:
    """Note which shipped scenarios have the word, as a key or a name."""
    named = term.where in NAMED
    used = [
        name
        for name, text in texts.items()
        if (term.where, term.term) in uses[name]
        or (named and re.search(rf"\b{re.escape(term.term)}\b", text))
    ]
    return replace(term, used_in=tuple(used))
