"""Read YAML files safely, and keep the place of every key and value.

Files may come from strangers: tags, which could run code, and aliases, which could multiply,
are refused; size, depth and number of values are limited. Words such as `no` and `on` stay
words; only `true` and `false` are truth values, as in YAML 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import yaml

from .diagnostics import Diagnostic, DiagnosticsError
from .os_errors import describe_os_error
from .text_files import decode_text

MAX_BYTES = 8_000_000
MAX_NODES = 300_000
MAX_DEPTH = 40
MAX_DIAGNOSTICS = 200
MAX_KEY = 200
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_COMPARISON = re.compile(r":\s*([<>]=?)\s*([0-9.]+)")
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
# The parser ends a line at these, and editors do not: they count as the white space that they are.
_NOT_LINE_ENDS = dict.fromkeys((0x85, 0x2028, 0x2029), " ")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}

KeyPath = tuple[str | int, ...]
Place = tuple[str, int, int]


@dataclass
class Source:
    """Data from one or more files, and the place (file, line, column) of each key and value.

    `file` is the main file; parts that come from others keep their own place. `text` and `path`
    are those of data that one file holds.
    """

    file: str
    data: Any
    keys: dict[KeyPath, Place] = field(default_factory=dict, repr=False)
    values: dict[KeyPath, Place] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    path: Path | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave places and text out: the workers that unpickle this report no mistakes."""
        return {"file": self.file, "data": self.data, "keys": {}, "values": {}}

    def place(self, path: KeyPath, *, of_key: bool = False) -> Place:
        """Return the place of a value, or of the nearest enclosing one that has a place."""
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
        """Return a message at the place of a value, or of its key."""
        return Diagnostic(*self.place(path, of_key=of_key), message)


class _Dumper(yaml.SafeDumper):
    """Puts quotation marks around text that is read as something else, here or by YAML 1.1."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if is_plain_text(text) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump_yaml(data: Mapping[str, Any]) -> str:
    """Return the YAML from which `read_yaml` reads the same data, keys in their order."""
    nested = any(isinstance(value, (dict, list)) for value in data.values())
    return str(
        yaml.dump(
            dict(data),
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=100,
            default_flow_style=None if nested else False,
        )
    )


def is_plain_text(text: str) -> bool:
    """True if text without quotation marks is read as text, not as a number or another value."""
    return isinstance(_convert_plain(text), str)


def read_yaml(path: Path, display_name: str | None = None) -> Source:
    """Read the data of a YAML file.

    Raises
    ------
    DiagnosticsError
        If the file cannot be read, is too large, is not YAML, repeats a key, has a tag,
        or nests or expands beyond the limits.
    """
    name = display_name or str(path)
    return replace(parse_yaml(decode_text(_read_bytes(path, name), name), name), path=path)


def parse_yaml(text: str, name: str) -> Source:
    """Parse text as `read_yaml` parses a file."""
    _check_characters(text, name)
    text = text.translate(_NOT_LINE_ENDS)
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
    return Source(name, builder.data, builder.keys, builder.values, text)


def _check_characters(text: str, name: str) -> None:
    """Refuse control characters, which the parser reports without a place."""
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        message = (
            f"not YAML: the character U+{ord(found[0]):04X} cannot be in a text file; delete it"
        )
        raise DiagnosticsError([Diagnostic(name, line, column, message)])


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            message = "is a folder; name a YAML file"
        elif path.stat().st_size > MAX_BYTES:
            message = f"is larger than {MAX_BYTES:,} bytes, the most that is read"
        else:
            return path.read_bytes()
    except FileNotFoundError:
        message = "no such file"
    except OSError as error:
        message = describe_os_error(error, "read")
    raise DiagnosticsError([Diagnostic(name, 0, 0, message)])


# What the parser reports (part of its context, part of its problem), and what we say about it;
# True: at the place where the construct begins.
_SYNTAX_MESSAGES = (
    (
        "quoted scalar",
        "end of",
        "a quotation mark is opened here and never closed; close it",
        True,
    ),
    (
        "flow",
        "",
        "a bracket is opened here, and what follows is not as it should be; close it, and put "
        "commas between its parts",
        True,
    ),
    (
        "",
        "mapping values are not allowed",
        "a second ': ' on one line, or a line indented too far; put quotes around text that "
        "contains a colon",
        False,
    ),
    (
        "",
        "could not find expected ':'",
        "a line without a colon; write `key: value`, or indent it as part of the text above",
        True,
    ),
    *(
        (
            "",
            problem,
            "this line is not indented like its neighbours, or text continues after a closing "
            "quotation mark; line it up, or put text with an apostrophe in double quotes",
            False,
        )
        for problem in ("did not find expected key", "expected <block end>")
    ),
)


def _syntax_diagnostic(error: yaml.YAMLError, name: str, text: str) -> Diagnostic:
    """Explain a syntax error of the parser."""
    context_mark = getattr(error, "context_mark", None)
    mark = getattr(error, "problem_mark", None) or context_mark
    if mark is None:
        return Diagnostic(name, 1, 1, f"not YAML: {str(error).splitlines()[0]}")
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        message = "a tab is used for indentation; use spaces"
        return Diagnostic(name, mark.line + 1, line.index("\t") + 1, message)
    comparison = _COMPARISON.search(line)
    if comparison and mark.column > comparison.start():
        message = f'not YAML: a comparison stands in quotes: "{comparison[1]} {comparison[2]}"'
        return Diagnostic(name, mark.line + 1, comparison.start(1) + 1, message)
    context = str(getattr(error, "context", ""))
    message = getattr(error, "problem", None) or "cannot be read as YAML"
    for in_context, in_problem, explanation, at_beginning in _SYNTAX_MESSAGES:
        if in_context in context and in_problem in message:
            if in_context == "flow" and context_mark is None:
                continue
            message = explanation
            mark = (context_mark or mark) if at_beginning else mark
            break
    return Diagnostic(name, mark.line + 1, mark.column + 1, f"not YAML: {message}")


class _Builder:
    """Builds plain data from the parser's events, with places and diagnostics.

    It keeps its own stack: a recursive parser would overflow the call stack on a file with
    a hundred thousand levels.
    """

    def __init__(self, name: str):
        self.name = name
        self.data: Any = None
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self.diagnostics: list[Diagnostic] = []
        self._stack: list[tuple[dict[str, Any] | list[Any], KeyPath]] = []
        self._key: list[str | None] = []
        self._count = self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event of the parser."""
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            self._check_node(event)
            if self._stack and isinstance(self._stack[-1][0], dict) and self._key[-1] is None:
                self._take_key(event)
            else:
                self._take_value(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
            self._key.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._stop(
                event,
                f"the alias '*{event.anchor}' is not followed; write the values out, "
                "or put quotes around text that begins with a star",
            )
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(event, "a second document begins here; write one scenario in a file")

    def _place(self, event: yaml.Event) -> Place:
        mark: Any = event.start_mark
        return (self.name, mark.line + 1, mark.column + 1)

    def _report(self, event: yaml.Event, message: str) -> None:
        """Note a mistake; stop after many."""
        self.diagnostics.append(Diagnostic(*self._place(event), message))
        if len(self.diagnostics) >= MAX_DIAGNOSTICS:
            raise DiagnosticsError(self.diagnostics)

    def _stop(self, event: yaml.Event, message: str) -> NoReturn:
        """Report a mistake after which the rest cannot be read."""
        raise DiagnosticsError([*self.diagnostics, Diagnostic(*self._place(event), message)])

    def _check_node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        """Refuse what no file may contain: too many values, tags and anchors."""
        self._count += 1
        if self._count > MAX_NODES:
            self._stop(event, f"more than {MAX_NODES:,} keys and values, the most that is read")
        if event.tag is not None:
            self._report(event, f"the tag '{event.tag[:60]}' is not allowed; write plain values")
        if event.anchor is not None:
            self._report(
                event,
                f"the anchor '&{event.anchor[:60]}' is not allowed; write the values out, "
                "or put quotes around text that begins with '&'",
            )

    def _take_key(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            self._stop(event, "a key must be a word, not a list or mapping")
        mapping, path = self._stack[-1]
        key = event.value
        if len(key) > MAX_KEY:
            self._stop(event, f"a key of {len(key):,} characters; at most {MAX_KEY}")
        if key == "<<":
            self._report(event, "merge keys '<<' are not allowed; use 'extends'")
        elif key in mapping:
            first = self.keys[(*path, key)][1]
            self._report(
                event, f"key '{key}' is given twice; the first is on line {first}; take one out"
            )
        else:
            self.keys[(*path, key)] = self._place(event)
        self._key[-1] = key

    def _take_value(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        value = _convert(event)
        path = self._put(value)
        self.values[path] = self._place(event)
        if isinstance(event, yaml.CollectionStartEvent):
            if len(self._stack) >= MAX_DEPTH:
                self._stop(event, f"nested too deeply; at most {MAX_DEPTH} levels")
            self._stack.append((value, path))
            self._key.append(None)

    def _put(self, value: Any) -> KeyPath:
        """Put a value into the open list or mapping; return its path."""
        if not self._stack:
            self.data = value
            return ()
        holder, above = self._stack[-1]
        if isinstance(holder, list):
            holder.append(value)
            return (*above, len(holder) - 1)
        key = str(self._key[-1])
        holder[key] = value
        self._key[-1] = None
        return (*above, key)


def _convert(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> Any:
    """Return the plain value of an event; an empty list or mapping for one that begins here."""
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    if not isinstance(event, yaml.ScalarEvent):
        return {}
    if event.style in ("'", '"', "|", ">"):
        return event.value
    return _convert_plain(event.value)


def _convert_plain(text: str) -> Any:
    """Return what text without quotation marks stands for."""
    if text.lower() in _WORDS and text in (text.lower(), text.title(), text.upper()):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    if text.lower() in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[text.lower()]
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
