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

from .faults import Fault, FaultsFound

MAX_BYTES = 8_000_000
MAX_NODES = 500_000
MAX_DEPTH = 40
MAX_FAULTS = 200
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOATS = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
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
    _refuse_strange(text, name)
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


def _refuse_strange(text: str, name: str) -> None:
    """Control characters, and brackets nested so deeply that the parser itself would give up."""
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise FaultsFound([Fault(name, line, column, f"the character U+{ord(found[0]):04X} cannot be in a text file; delete it")])
    if sum(map(text.count, "[{")) > MAX_DEPTH or text.count("- - ") > 1:
        _refuse_depth(text, name)


def _refuse_depth(text: str, name: str) -> None:
    """Count levels event by event, since building the nodes of a deep file could exhaust the stack."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    place = (name, event.start_mark.line + 1, event.start_mark.column + 1)
                    raise FaultsFound([Fault(*place, f"nested too deeply; at most {MAX_DEPTH} levels")])
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        raise FaultsFound([_syntax_fault(error, name, text)]) from None


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
    context, context_mark = str(getattr(error, "context", "")), getattr(error, "context_mark", None)
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        return Fault(name, mark.line + 1, line.index("\t") + 1, "a tab is used for indentation; use spaces")
    if "quoted scalar" in context and "end of" in problem:
        mark, problem = context_mark or mark, "a quotation mark is opened here and never closed; close it"
    elif "flow" in context and context_mark is not None:
        mark, problem = context_mark, "a bracket is opened here, and what follows is not as it should be; close it, and put commas between its parts"
    elif "mapping values are not allowed" in problem:
        problem = "a second ': ' on one line, or a line indented too far; put quotes around text that holds a colon"
    elif "could not find expected ':'" in problem:
        mark, problem = context_mark or mark, "a line without a colon; write `key: value`, or indent it as part of the text above"
    elif "did not find expected key" in problem or "expected <block end>" in problem:
        problem = "this line is not indented like its neighbours, or text in quotes goes on after them; line it up"
    elif "another document" in problem or "single document" in context:
        problem = "a second document begins here; write one scenario in a file"
    elif "undefined alias" in problem:
        problem = "an alias '*' without its anchor '&'; put quotes around text that begins with a star"
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
            if len(self.faults) >= MAX_FAULTS:
                raise FaultsFound(self.faults)
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
