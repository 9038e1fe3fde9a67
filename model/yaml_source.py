"""YAML files read safely, with the place of every key and value kept.

Files come from strangers: no tag runs code, aliases cannot multiply without bound, size,
depth and number of nodes are limited. Words such as `no` and `on` stay words; only `true`
and `false` are truth values, as in YAML 1.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from .cast import nearest
from .faults import Fault, FaultsFound

MAX_BYTES = 8_000_000
MAX_NODES = 500_000
MAX_DEPTH = 40
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOATS = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}

Steps = tuple[str | int, ...]
Place = tuple[str, int, int]


@dataclass
class Source:
    """Data from one or more files, and the place (file, line, column) of each key and value.

    `file` is the file that was asked for; parts merged in from others keep their own.
    """

    file: str
    data: Any
    keys: dict[Steps, Place] = field(default_factory=dict, repr=False)
    values: dict[Steps, Place] = field(default_factory=dict, repr=False)

    def place(self, path: Steps, *, of_key: bool = False) -> Place:
        """Place, from line 1 and column 1, of the nearest enclosing thing that has one."""
        path = tuple(path)
        tables = (self.keys, self.values) if of_key else (self.values, self.keys)
        while True:
            for table in tables:
                if path in table:
                    return table[path]
            if not path:
                return (self.file, 1, 1)
            path = path[:-1]

    def fault(self, path: Steps, message: str, *, of_key: bool = False) -> Fault:
        return Fault(*self.place(path, of_key=of_key), message)


def read_yaml(path: Path, shown_as: str | None = None) -> Source:
    """The data of a YAML file.

    Raises
    ------
    FaultsFound
        If the file cannot be read, is too large, is no YAML, repeats a key, has a tag,
        or nests or expands beyond the limits.
    """
    name = shown_as or str(path)
    return parse_yaml(_text_of(path, name), name)


def parse_yaml(text: str, name: str) -> Source:
    """The same for text already in memory."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise FaultsFound([_syntax_fault(error, name, text)]) from None
    except RecursionError:
        raise FaultsFound([Fault(name, 1, 1, f"nested too deeply; at most {MAX_DEPTH} levels")]) from None
    if node is None:
        raise FaultsFound([Fault(name, 1, 1, "the file is empty; a mapping of keys was expected")])
    builder = _Builder(name)
    data = builder.build(node, ())
    if builder.faults:
        raise FaultsFound(builder.faults)
    return Source(name, data, builder.keys, builder.values)


def _text_of(path: Path, name: str) -> str:
    try:
        if path.is_dir():
            raise FaultsFound([Fault(name, 0, 0, "is a folder; name a YAML file")])
        if path.stat().st_size > MAX_BYTES:
            raise FaultsFound([Fault(name, 0, 0, f"is larger than {MAX_BYTES:,} bytes, the most that is read")])
        raw = path.read_bytes()
    except FileNotFoundError:
        raise FaultsFound([Fault(name, 0, 0, "no such file")]) from None
    except OSError as error:
        raise FaultsFound([Fault(name, 0, 0, f"cannot be read: {error.strerror}")]) from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FaultsFound([Fault(name, 1, 1, "starts with a UTF-16 byte-order mark; save the file as UTF-8")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise FaultsFound([Fault(name, line, column, "is not UTF-8 text; save the file as UTF-8")]) from None


def _syntax_fault(error: yaml.YAMLError, name: str, text: str) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or "cannot be read as YAML"
    if mark is None:
        return Fault(name, 1, 1, f"not YAML: {str(error).splitlines()[0]}")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        problem = "a tab is used for indentation; use spaces"
    elif "quoted scalar" in str(getattr(error, "context", "")):
        mark, problem = error.context_mark or mark, "a quotation mark is opened here and never closed"
    elif "mapping values are not allowed" in problem:
        problem = "a second ': ' on one line; put quotes around text that holds a colon"
    return Fault(name, mark.line + 1, mark.column + 1, f"not YAML: {problem}")


class _Builder:
    """Plain data from YAML nodes, with places and faults."""

    def __init__(self, name: str):
        self.name = name
        self.keys: dict[Steps, Place] = {}
        self.values: dict[Steps, Place] = {}
        self.faults: list[Fault] = []
        self._count = 0

    def build(self, node: yaml.Node, path: Steps) -> Any:
        self._count += 1
        place = (self.name, node.start_mark.line + 1, node.start_mark.column + 1)
        if self._count > MAX_NODES:
            raise FaultsFound([Fault(*place, f"expands to more than {MAX_NODES:,} values, the most that is read")])
        if len(path) > MAX_DEPTH:
            raise FaultsFound([Fault(*place, f"nested too deeply; at most {MAX_DEPTH} levels")])
        self.values[path] = place
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.count("/") or node.tag.endswith((":binary", ":set", ":omap")):
            self.faults.append(Fault(*place, f"the tag '{node.tag}' is not allowed; write plain values"))
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, number)) for number, child in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Steps) -> dict:
        result = {}
        for key_node, value_node in node.value:
            mark = (self.name, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(Fault(*mark, "a key must be a word, not a list or mapping"))
                continue
            key = key_node.value
            if key == "<<":
                self.faults.append(Fault(*mark, "merge keys '<<' are not allowed; use 'extends'"))
                continue
            if key in result:
                first = self.keys[(*path, key)][1]
                self.faults.append(Fault(*mark, f"key '{key}' is given twice; the first is on line {first}"))
                continue
            self.keys[(*path, key)] = mark
            result[key] = self.build(value_node, (*path, key))
        return result


def _scalar(node: yaml.ScalarNode) -> Any:
    text = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    if text.lower() in _WORDS and text in (text.lower(), text.title(), text.upper()):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    if text.lower() in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[text.lower()]
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def validated(source: Source, model: type[BaseModel], context: dict, at: Steps = (), data: Any = None) -> BaseModel:
    """The data as a pydantic model.

    Raises
    ------
    FaultsFound
        With every mistake at its place in the file.
    """
    try:
        return model.model_validate(source.data if data is None else data, context=context)
    except ValidationError as error:
        raise FaultsFound(faults_of(error, source, model, at)) from None


def faults_of(error: ValidationError, source: Source, model: type[BaseModel], at: Steps = ()) -> list[Fault]:
    """Each mistake that pydantic found, in our words and at its place."""
    faults = []
    for item in error.errors(include_url=False):
        path, inner = _path_in(source, (*at, *item["loc"]))
        faults.append(source.fault(path, _words(item, path, model, inner), of_key=item["type"] == "extra_forbidden"))
    return faults


def _path_in(source: Source, location: Steps) -> tuple[Steps, Steps]:
    """The part of pydantic's location that exists in the file, without the names of union branches."""
    path: Steps = ()
    for step in location:
        if (*path, step) in source.values or (*path, step) in source.keys:
            path = (*path, step)
    return path, location


def _words(item: dict, path: Steps, model: type[BaseModel], location: Steps) -> str:
    kind, given, last = item["type"], item.get("input"), location[-1] if location else ""
    if kind == "extra_forbidden":
        return f"unknown key '{last}'; {nearest(str(last), _known_keys(model, location[:-1]))}"
    if kind == "missing":
        return f"the key '{last}' is missing"
    if kind in ("value_error", "assertion_error"):
        return str(item["ctx"]["error"])
    if kind in ("bool_type", "bool_parsing"):
        return f"'{last}' must be true or false, not {given!r}"
    if kind in ("float_type", "float_parsing", "int_type", "int_parsing", "int_from_float"):
        return f"'{last}' must be a {'whole ' if kind.startswith('int') else ''}number, not {given!r}"
    if kind == "finite_number":
        return f"'{last}' must be a finite number, not {given!r}"
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        bound = next(iter(item["ctx"].values()))
        relation = {"greater_than_equal": "at least", "less_than_equal": "at most", "greater_than": "above", "less_than": "below"}[kind]
        return f"'{last}' is {given!r}; it must be {relation} {bound:g}"
    if kind in ("literal_error", "enum"):
        known = re.findall(r"'([^']*)'", item["ctx"]["expected"])
        return f"unknown {last} '{given}'; {nearest(str(given), known)}"
    if kind in ("string_type", "list_type", "dict_type", "model_type", "model_attributes_type", "tuple_type"):
        wanted = {"string": "text", "list": "a list", "tuple": "a list"}.get(kind.split("_")[0], "a mapping of keys")
        shown = "nothing" if given is None else repr(given) if not isinstance(given, (dict, list)) else f"a {'mapping' if isinstance(given, dict) else 'list'}"
        return f"'{last}' must be {wanted}, not {shown}" if last != "" else f"{wanted} was expected, not {shown}"
    return f"'{last}': {item['msg'][0].lower()}{item['msg'][1:]}"


def _known_keys(model: type[BaseModel], location: Steps) -> list[str]:
    """Keys that the model at this place knows, found by walking its fields."""
    current: Any = model
    for step in location:
        current = _step(current, step)
        if current is None:
            return []
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [info.alias or name for name, info in current.model_fields.items()]
    return []


def _step(current: Any, step: str | int) -> Any:
    """The model behind a field name, a list position, a mapping key or a union branch."""
    if isinstance(current, type) and issubclass(current, BaseModel):
        fields = {info.alias or name: info.annotation for name, info in current.model_fields.items()}
        return _models_in(fields[step]) if step in fields else None
    if isinstance(current, list):
        return next((model for model in current if model.__name__ == step), current[0] if len(current) == 1 else current)
    return None


def _models_in(annotation: Any) -> Any:
    """Every pydantic model inside an annotation: the model itself when there is one."""
    found: list[type] = []
    waiting = [annotation]
    while waiting:
        item = waiting.pop()
        if isinstance(item, type) and issubclass(item, BaseModel):
            found.append(item)
        waiting.extend(getattr(item, "__args__", ()))
    return found if len(found) > 1 else (found[0] if found else None)
