"""YAML files read safely, with the place of every key and value kept.

Files come from strangers: tags, which may run code, and aliases, which may multiply, are
refused; size, depth and number of values are limited. Words such as `no` and `on` stay words; only `true`
and `false` are truth values, as in YAML 1.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .diagnostics import Diagnostic, DiagnosticsError

MAX_BYTES = 8_000_000
MAX_NODES = 300_000
MAX_DEPTH = 40
MAX_DIAGNOSTICS = 200
MAX_KEY = 200
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOATS = {
    ".inf": float("inf"),
    "+.inf": float("inf"),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}
_CONTROL = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}

KeyPath = tuple[str | int, ...]
Place = tuple[str, int, int]


@dataclass
class Source:
    """Data from one or more files, and the place (file, line, column) of each key and value.

    `file` is the file that was asked for; parts merged in from others keep their own.
    """

    file: str
    data: Any
    keys: dict[KeyPath, Place] = field(default_factory=dict, repr=False)
    values: dict[KeyPath, Place] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Places stay in the process that read the file: workers run scenarios, they report no mistakes."""
        return {"file": self.file, "data": self.data, "keys": {}, "values": {}}

    def place(self, path: KeyPath, *, of_key: bool = False) -> Place:
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

    def diagnostic(self, path: KeyPath, message: str, *, of_key: bool = False) -> Diagnostic:
        return Diagnostic(*self.place(path, of_key=of_key), message)


def read_yaml(path: Path, shown_as: str | None = None) -> Source:
    """The data of a YAML file.

    Raises
    ------
    DiagnosticsError
        If the file cannot be read, is too large, is no YAML, repeats a key, has a tag,
        or nests or expands beyond the limits.
    """
    name = shown_as or str(path)
    return parse_yaml(_text_of(path, name), name)


def parse_yaml(text: str, name: str) -> Source:
    """The same for text already in memory."""
    _refuse_strange(text, name)
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.YAMLError as error:
        raise DiagnosticsError(
            [*builder.diagnostics, _syntax_diagnostic(error, name, text)]
        ) from None
    if builder.diagnostics:
        raise DiagnosticsError(builder.diagnostics)
    if builder.data is None:
        raise DiagnosticsError(
            [Diagnostic(name, 1, 1, "the file is empty; a mapping of keys was expected")]
        )
    return Source(name, builder.data, builder.keys, builder.values)


def _refuse_strange(text: str, name: str) -> None:
    """Refuse control characters, which the parser would report without a place."""
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise DiagnosticsError(
            [
                Diagnostic(
                    name,
                    line,
                    column,
                    f"not YAML: the character U+{ord(found[0]):04X} cannot be in a text file; delete it",
                )
            ]
        )


def _text_of(path: Path, name: str) -> str:
    try:
        if path.is_dir():
            raise DiagnosticsError([Diagnostic(name, 0, 0, "is a folder; name a YAML file")])
        if path.stat().st_size > MAX_BYTES:
            raise DiagnosticsError(
                [
                    Diagnostic(
                        name, 0, 0, f"is larger than {MAX_BYTES:,} bytes, the most that is read"
                    )
                ]
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DiagnosticsError([Diagnostic(name, 0, 0, "no such file")]) from None
    except OSError as error:
        raise DiagnosticsError(
            [Diagnostic(name, 0, 0, f"cannot be read: {error.strerror}")]
        ) from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DiagnosticsError(
            [Diagnostic(name, 1, 1, "starts with a UTF-16 byte-order mark; save the file as UTF-8")]
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise DiagnosticsError(
            [Diagnostic(name, line, column, "is not UTF-8 text; save the file as UTF-8")]
        ) from None


def _syntax_diagnostic(error: yaml.YAMLError, name: str, text: str) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or "cannot be read as YAML"
    if mark is None:
        return Diagnostic(name, 1, 1, f"not YAML: {str(error).splitlines()[0]}")
    context, context_mark = str(getattr(error, "context", "")), getattr(error, "context_mark", None)
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        return Diagnostic(
            name, mark.line + 1, line.index("\t") + 1, "a tab is used for indentation; use spaces"
        )
    if "quoted scalar" in context and "end of" in problem:
        mark, problem = (
            context_mark or mark,
            "a quotation mark is opened here and never closed; close it",
        )
    elif "flow" in context and context_mark is not None:
        mark, problem = (
            context_mark,
            "a bracket is opened here, and what follows is not as it should be; close it, and put commas between its parts",
        )
    elif "mapping values are not allowed" in problem:
        problem = "a second ': ' on one line, or a line indented too far; put quotes around text that holds a colon"
    elif "could not find expected ':'" in problem:
        mark, problem = (
            context_mark or mark,
            "a line without a colon; write `key: value`, or indent it as part of the text above",
        )
    elif "did not find expected key" in problem or "expected <block end>" in problem:
        problem = "this line is not indented like its neighbours, or text in quotes goes on after them; line it up"
    return Diagnostic(name, mark.line + 1, mark.column + 1, f"not YAML: {problem}")


class _Builder:
    """Plain data from the parser's events, with places and faults.

    It keeps its own stack: a parser that calls itself would exhaust the machine's on a
    file that nests a hundred thousand levels.
    """

    def __init__(self, name: str):
        self.name = name
        self.data: Any = None
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self.diagnostics: list[Diagnostic] = []
        self._stack: list[tuple[dict | list, KeyPath]] = []
        self._key: list[str | None] = []
        self._count = self._documents = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            self._refuse(event)
            if self._stack and isinstance(self._stack[-1][0], dict) and self._key[-1] is None:
                self._take_key(event)
            else:
                self._take_value(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
            self._key.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise DiagnosticsError(
                [
                    *self.diagnostics,
                    Diagnostic(
                        *self._place(event),
                        f"the alias '*{event.anchor}' is not followed; write the values out, "
                        "or put quotes around text that begins with a star",
                    ),
                ]
            )
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise DiagnosticsError(
                    [
                        *self.diagnostics,
                        Diagnostic(
                            *self._place(event),
                            "a second document begins here; write one scenario in a file",
                        ),
                    ]
                )

    def _place(self, event: yaml.Event) -> Place:
        return (self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse(self, event: yaml.NodeEvent) -> None:
        """What no file may hold: too much, tags, anchors."""
        self._count += 1
        place = self._place(event)
        if self._count > MAX_NODES:
            raise DiagnosticsError(
                [
                    *self.diagnostics,
                    Diagnostic(
                        *place, f"more than {MAX_NODES:,} keys and values, the most that is read"
                    ),
                ]
            )
        if event.tag is not None:
            self._diagnostic(
                place, f"the tag '{event.tag[:60]}' is not allowed; write plain values"
            )
        if event.anchor is not None:
            self._diagnostic(
                place,
                f"the anchor '&{event.anchor[:60]}' is not allowed; write the values out, or put quotes around text that begins with '&'",
            )

    def _diagnostic(self, place: Place, message: str) -> None:
        self.diagnostics.append(Diagnostic(*place, message))
        if len(self.diagnostics) >= MAX_DIAGNOSTICS:
            raise DiagnosticsError(self.diagnostics)

    def _take_key(self, event: yaml.Event) -> None:
        place = self._place(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise DiagnosticsError(
                [
                    *self.diagnostics,
                    Diagnostic(*place, "a key must be a word, not a list or mapping"),
                ]
            )
        mapping, path = self._stack[-1]
        key = event.value
        if len(key) > MAX_KEY:
            raise DiagnosticsError(
                [
                    *self.diagnostics,
                    Diagnostic(*place, f"a key of {len(key):,} characters; at most {MAX_KEY}"),
                ]
            )
        if key == "<<":
            self._diagnostic(place, "merge keys '<<' are not allowed; use 'extends'")
        elif key in mapping:
            self._diagnostic(
                place,
                f"key '{key}' is given twice; the first is on line {self.keys[(*path, key)][1]}; take one out",
            )
        else:
            self.keys[(*path, key)] = place
        self._key[-1] = key

    def _take_value(self, event: yaml.Event) -> None:
        path: KeyPath = ()
        if self._stack:
            holder, above = self._stack[-1]
            step = len(holder) if isinstance(holder, list) else self._key[-1]
            path = (*above, step)
        self.values[path] = self._place(event)
        value = (
            _scalar(event)
            if isinstance(event, yaml.ScalarEvent)
            else []
            if isinstance(event, yaml.SequenceStartEvent)
            else {}
        )
        if not self._stack:
            self.data = value
        elif isinstance(holder, list):
            holder.append(value)
        else:
            holder[step] = value
            self._key[-1] = None
        if isinstance(event, yaml.CollectionStartEvent):
            if len(self._stack) >= MAX_DEPTH:
                raise DiagnosticsError(
                    [
                        *self.diagnostics,
                        Diagnostic(
                            *self._place(event), f"nested too deeply; at most {MAX_DEPTH} levels"
                        ),
                    ]
                )
            self._stack.append((value, path))
            self._key.append(None)


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = event.value
    if event.style in ("'", '"', "|", ">"):
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
