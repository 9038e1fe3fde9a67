"""Data from files as pydantic models, and pydantic's errors as diagnostics at their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from .diagnostics import Diagnostic, DiagnosticsError
from .field_types import MeaninglessError
from .suggestions import suggest
from .yaml_source import MAX_DIAGNOSTICS, KeyPath, Source

_RELATIONS = {
    "greater_than_equal": "at least",
    "less_than_equal": "at most",
    "greater_than": "above",
    "less_than": "below",
}
_QUOTED = re.compile("'([^']*)'")
_LONGEST_SHOWN = 60
_TRUTH_VALUES = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_WANTED = {"string": "text", "list": "a list", "tuple": "a list"}


Model = TypeVar("Model", bound=BaseModel)


def parse_data(
    source: Source,
    model: type[Model],
    context: dict[str, Any],
    at: KeyPath = (),
    data: Any = None,
) -> Model:
    """Turn the data into a pydantic model.

    Raises
    ------
    DiagnosticsError
        With every mistake at its place in the file.
    """
    try:
        return model.model_validate(source.data if data is None else data, context=context)
    except ValidationError as error:
        raise DiagnosticsError(describe_errors(error, source, model, at)) from None


def describe_errors(
    error: ValidationError, source: Source, model: type[BaseModel], at: KeyPath = ()
) -> list[Diagnostic]:
    """Return the first of pydantic's errors as diagnostics."""
    items = error.errors(include_url=False)
    problems = [describe_error(item, source, model, at) for item in items[:MAX_DIAGNOSTICS]]
    if len(items) > MAX_DIAGNOSTICS:
        problems.append(
            Diagnostic(
                source.file,
                0,
                0,
                f"and {len(items) - MAX_DIAGNOSTICS:,} mistakes more; mend these first",
            )
        )
    return problems


def describe_error(
    item: Mapping[str, Any], source: Source, model: type[BaseModel], at: KeyPath = ()
) -> Diagnostic:
    """Return one of pydantic's errors as a diagnostic."""
    location = item["loc"]
    path = _path_in(source, (*at, *location))
    return source.diagnostic(
        path, _explain(item, model, location), of_key=item["type"] == "extra_forbidden"
    )


def _path_in(source: Source, location: KeyPath) -> KeyPath:
    """Return pydantic's location without names of union branches, as it is in the file."""
    path: KeyPath = ()
    for step in location:
        if (*path, step) in source.values or (*path, step) in source.keys:
            path = (*path, step)
    return path


def _explain(item: Mapping[str, Any], model: type[BaseModel], location: KeyPath) -> str:
    """Return the message for one of pydantic's errors."""
    kind, given = item["type"], item.get("input")
    last = next((step for step in reversed(location) if isinstance(step, str)), "")
    if kind == "extra_forbidden":
        return _explain_unknown(last, _strip(_annotation(model, location[:-1])))
    if kind == "missing":
        meaning = _meaning(_annotation(model, location[:-1]), last)
        return f"the key '{last}' is missing; add {last}: ..." + (
            f" ({meaning})" if meaning else ""
        )
    if kind in ("value_error", "assertion_error"):
        error = item["ctx"]["error"]
        meaning = _meaning(_annotation(model, location[:-1]), last)
        return (
            f"{error}; {last}: {meaning}"
            if meaning and isinstance(error, MeaninglessError)
            else str(error)
        )
    if kind in ("literal_error", "enum"):
        known = _QUOTED.findall(item["ctx"]["expected"])
        return f"unknown {last} '{_shorten(given)}'; {suggest(str(given), known)}"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        wanted = _QUOTED.findall(item["ctx"].get("expected_tags", "'power', 'republic'"))
        return f"'{last}' must say `kind: {'` or `kind: '.join(wanted)}`"
    if kind in ("too_short", "too_long", "string_too_short", "string_too_long"):
        return _explain_length(kind, item["ctx"], last, given)
    return _explain_number(item, last) or _explain_type(item, last)


def _explain_number(item: Mapping[str, Any], last: str) -> str | None:
    """Return the message for what is no number, or one out of bounds; None for other errors."""
    kind, given = item["type"], item.get("input")
    if kind in ("float_type", "float_parsing", "int_type", "int_parsing", "int_from_float"):
        wanted = "whole number" if kind.startswith("int") else "number"
        return f"'{last}' must be a {wanted}, not {_display(given)}"
    if kind == "finite_number":
        return f"'{last}' must be a finite number, not {given!r}"
    if kind in _RELATIONS:
        bound = next(iter(item["ctx"].values()))
        message = f"'{last}' is {_display(given)}; it must be {_RELATIONS[kind]} {bound:g}"
        if kind == "less_than_equal" and bound == 1 and isinstance(given, (int, float)):
            message += f"; for {given:g}% write the share, {given / 100:g}" if given <= 100 else ""
        return message
    return None


def _explain_unknown(key: str, holder: Any) -> str:
    """Return the message for an unknown key: where it belongs, or how it is spelled."""
    if _is_model(holder) and key in getattr(holder, "misplaced_keys", {}):
        hint: str = holder.misplaced_keys[key]
        return f"unknown key '{key}' here; {hint}"
    message = f"unknown key '{_shorten(key)}'; {suggest(key, keys_of(holder), listed=20)}"
    near = next((name for name in keys_of(holder) if message.endswith(f"'{name}'?")), None)
    meaning = _meaning(holder, near) if near else None
    return f"{message} {near}: {meaning}" if meaning else message


def _explain_length(kind: str, context: Mapping[str, Any], last: str, given: Any) -> str:
    actual = len(given) if hasattr(given, "__len__") else context.get("actual_length")
    units = ("character", "characters") if kind.startswith("string") else ("entry", "entries")
    unit = units[actual != 1]
    bound = (
        f"at least {context['min_length']}"
        if "min_length" in context
        else f"at most {context['max_length']:,}"
    )
    return (
        f"'{last}' has {actual or 'no':,} {unit}; it must have {bound}"
        if actual
        else f"'{last}' has no {unit}; it must have {bound}"
    )


def _explain_type(item: Mapping[str, Any], last: str) -> str:
    """Return the message for a value of the wrong type; pydantic's own for any other error."""
    kind, given = item["type"], item.get("input")
    if kind.startswith("bool_"):
        hint = _TRUTH_VALUES.get(str(given).casefold())
        message = f"'{last}' must be true or false, not {_display(given)}"
        return message + (f"; write {hint}" if hint else "")
    if not kind.endswith("_type"):
        return f"'{last}': {item['msg'][0].lower()}{item['msg'][1:]}"
    wanted = _WANTED.get(kind.split("_")[0], "a mapping of keys")
    if given is None:
        return (
            f"'{last}' has nothing after it; give {wanted}, or take the key out"
            if last
            else f"{wanted} was expected, and there is nothing"
        )
    if wanted == "text" and isinstance(given, (bool, int, float)):
        return f"'{last}' must be text, not {given!r}; put it in quotes"
    if wanted == "a list" and isinstance(given, dict) and given:
        key, value = next(iter(given.items()))
        shown = f" {value}" if isinstance(value, (str, int, float)) else ""
        return f"'{last}' must be a list, not a mapping; begin with a dash: - {key}:{shown}"
    if wanted == "a list" and isinstance(given, str) and last:
        parts = [part for part in re.split(r"\s*(?:,|;|–|-|\bto\b|\band\b|\.\.)\s*", given) if part]
        return (
            f"'{last}' must be a list, not '{_shorten(given)}'; write {last}: [{', '.join(parts)}]"
        )
    return (
        f"'{last}' must be {wanted}, not {_display(given)}"
        if last
        else f"{wanted} was expected, not {_display(given)}"
    )


def _display(given: Any) -> str:
    if isinstance(given, (dict, list, tuple)):
        return "a mapping" if isinstance(given, dict) else "a list"
    if isinstance(given, float):
        return f"{given:g}"
    return (
        "nothing" if given is None else repr(_shorten(given) if isinstance(given, str) else given)
    )


def _shorten(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


def _annotation(annotation: Any, location: KeyPath) -> Any:
    """Return the type at a location in a model; None if there is none."""
    for step in location:
        annotation = _inside(annotation, step)
        if annotation is None:
            return None
    return annotation


def _inside(annotation: Any, step: str | int) -> Any:
    """Return the type of a field, a list position, a mapping key or a union branch."""
    annotation = _strip(annotation)
    origin, inner = get_origin(annotation), get_args(annotation)
    if _is_model(annotation):
        return next(
            (
                info.annotation
                for name, info in annotation.model_fields.items()
                if step in (name, info.alias)
            ),
            None,
        )
    if origin is dict:
        return inner[1]
    if origin in (tuple, list):
        return (
            inner[step]
            if isinstance(step, int) and step < len(inner) and Ellipsis not in inner
            else inner[0]
        )
    if origin in (Union, UnionType):
        branches = [branch for branch in inner if branch is not NoneType]
        return next((branch for branch in branches if step in _tags(branch)), None) or next(
            (
                found
                for found in (_inside(branch, step) for branch in branches)
                if found is not None
            ),
            None,
        )
    return None


def _strip(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    options = [option for option in get_args(annotation) if option is not NoneType]
    return (
        _strip(options[0])
        if get_origin(annotation) in (Union, UnionType) and len(options) == 1
        else annotation
    )


def _tags(branch: Any) -> tuple[str, ...]:
    """Return the names of a union branch in pydantic's locations."""
    given = (
        [mark.tag for mark in get_args(branch)[1:] if isinstance(mark, Tag)]
        if get_origin(branch) is Annotated
        else []
    )
    bare = _strip(branch)
    kind = (
        bare.model_fields["kind"].annotation
        if _is_model(bare) and "kind" in bare.model_fields
        else None
    )
    return (*given, *(get_args(kind) if get_origin(kind) is Literal else ()))


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def keys_of(annotation: Any) -> list[str]:
    """Return the keys of a model as files write them; none for anything but a model."""
    bare = _strip(annotation)
    return (
        [info.alias or name for name, info in bare.model_fields.items()] if _is_model(bare) else []
    )


def _meaning(annotation: Any, key: str) -> str | None:
    bare = _strip(annotation)
    if not _is_model(bare):
        return None
    return next(
        (info.description for name, info in bare.model_fields.items() if key in (name, info.alias)),
        None,
    )
