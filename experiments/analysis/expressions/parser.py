"""A recursive descent parser for expressions, which are never evaluated as Python.

    share(China, Kazakhstan, security, 2040) - baseline.share(China, Kazakhstan, security, 2040)
    P(leads(China, 3 of 5, security)) > 0.5

A value is per member, such as a share, or over all members, such as `P(...)`; a condition
is true or false. `syntax_tree.FUNCTIONS` is the table of functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from steppe.model.core.calendar import FIRST_YEAR, last_quarter, year_of
from steppe.model.core.cast import AUTONOMY, Cast
from steppe.model.core.errors import RequestError
from steppe.model.core.suggestions import UnknownNameError, suggest

from .syntax_tree import (
    AGGREGATES,
    BASELINE,
    BY_NAME,
    FUNCTIONS,
    OWN_RUN,
    Aggregate,
    Call,
    Expression,
    Function,
    Node,
    Number,
    Operation,
)

MAX_LENGTH, MAX_DEPTH = 500, 40
REGION = ("region", "all")


class ExpressionError(RequestError):
    """An expression that cannot be parsed; the message gives the column and what would be right."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(f"expression, column {column}: {message}")


def parse(text: str, cast: Cast, last: int) -> Expression:
    """Parse an expression about a cast and a run that ends in the quarter `last`.

    Raises
    ------
    ExpressionError
        With the column and, for an unknown name, the nearest match.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(MAX_LENGTH, f"longer than {MAX_LENGTH} characters")
    reader = _Parser(text, cast, last)
    root = reader.parse_or()
    reader.expect_end()
    if root.is_constant:
        raise ExpressionError(
            1,
            "asks nothing of the model; use a function such as share(Russia, Kazakhstan, security)",
        )
    return Expression(text.strip(), root)


_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<word>[^\W\d]\w*)|(?P<sign><=|>=|[-+*/<>().,]))"
)
_COUNT = re.compile(r"(\d+)\s+of\s+(\d+)", re.IGNORECASE)


class _Parser:
    """One method per level of precedence; `position` is where the next token starts."""

    def __init__(self, text: str, cast: Cast, last: int) -> None:
        self.text, self.cast, self.last = text, cast, last
        self.position = self.depth = 0

    def _peek(self) -> tuple[str, str, int, int]:
        """Kind, text, start and end of the next token."""
        match = _TOKEN.match(self.text, self.position)
        if match and match.lastgroup:
            kind = match.lastgroup
            return kind, match[kind], match.start(kind), match.end()
        start = (
            self.position
            + len(self.text[self.position :])
            - len(self.text[self.position :].lstrip())
        )
        if start >= len(self.text):
            return "end", "", len(self.text), len(self.text)
        raise ExpressionError(start + 1, f"'{self.text[start]}' means nothing here")

    def _accept(self, *wanted: str) -> str | None:
        kind, text, _, end = self._peek()
        if kind in ("sign", "word") and text.casefold() in wanted:
            self.position = end
            return text.casefold()
        return None

    def _column(self) -> int:
        return self._peek()[2] + 1

    def expect_end(self) -> None:
        kind, text, start, _ = self._peek()
        if kind != "end":
            raise ExpressionError(
                start + 1, f"unexpected '{text}'; an operator or the end was expected"
            )

    def parse_or(self) -> Node:
        return self._left_associative(self.parse_and, ("or",), "condition", "condition")

    def parse_and(self) -> Node:
        return self._left_associative(self.parse_not, ("and",), "condition", "condition")

    def parse_not(self) -> Node:
        if self._accept("not"):
            column = self._column()
            part = self._nested(self.parse_not)
            return Operation("not", (self._require_kind(part, "condition", column),), "condition")
        return self.parse_comparison()

    def parse_comparison(self) -> Node:
        column = self._column()
        left = self.parse_sum()
        sign = self._accept("<", "<=", ">", ">=")
        if sign is None:
            return left
        other = self._column()
        right = self.parse_sum()
        parts = (
            self._require_kind(left, "number", column),
            self._require_kind(right, "number", other),
        )
        return Operation(sign, parts, "condition")

    def parse_sum(self) -> Node:
        return self._left_associative(self.parse_product, ("+", "-"), "number", "number")

    def parse_product(self) -> Node:
        return self._left_associative(self.parse_factor, ("*", "/"), "number", "number")

    def _left_associative(
        self, part: Callable[[], Node], signs: tuple[str, ...], takes: str, result_kind: str
    ) -> Node:
        column = self._column()
        left = part()
        while sign := self._accept(*signs):
            other = self._column()
            right = part()
            left = Operation(
                sign,
                (self._require_kind(left, takes, column), self._require_kind(right, takes, other)),
                result_kind,
            )
        return left

    def parse_factor(self) -> Node:
        kind, text, start, end = self._peek()
        if kind == "number":
            self.position = end
            return Number(float(text))
        if self._accept("-"):
            column = self._column()
            return Operation(
                "negative",
                (self._require_kind(self._nested(self.parse_factor), "number", column),),
                "number",
            )
        if self._accept("("):
            inside = self._nested(self.parse_or)
            self._close()
            return inside
        if kind == "word":
            return self._call()
        found = f"'{text}'" if text else "the end"
        raise ExpressionError(start + 1, f"a number or a function was expected, not {found}")

    def _nested(self, part: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(
                self._column(), f"more than {MAX_DEPTH} nested brackets and signs"
            )
        node = part()
        self.depth -= 1
        return node

    def _close(self) -> None:
        if not self._accept(")"):
            _, text, start, _ = self._peek()
            raise ExpressionError(
                start + 1, f"')' was expected, not {repr(text) if text else 'the end'}"
            )

    def _require_kind(self, node: Node, kind: str, column: int) -> Node:
        if node.kind == kind:
            return node
        if kind == "number":
            raise ExpressionError(
                column,
                "a number was expected, but this is true or false; P(...) turns it into a number",
            )
        raise ExpressionError(
            column, "a condition was expected, but this is a number; compare it, as in ... > 0.5"
        )

    def _call(self) -> Node:
        _, word, start, end = self._peek()
        run = OWN_RUN
        self.position = end
        if self._accept("."):
            if word.casefold() != BASELINE:
                raise ExpressionError(
                    start + 1, f"unknown run '{word}'; only `baseline.` can stand before a function"
                )
            run = BASELINE
            kind, word, start, self.position = self._peek()
            if kind != "word":
                raise ExpressionError(start + 1, "a function was expected after 'baseline.'")
        row = BY_NAME.get(word.casefold())
        if row is None:
            raise ExpressionError(
                start + 1,
                f"unknown function '{word}'; "
                f"{suggest(word, [known.name for known in FUNCTIONS], listed=12)}",
            )
        if not self._accept("("):
            raise ExpressionError(
                self._column(), f"'(' was expected after {row.name}: {row.signature}"
            )
        return (
            self._aggregate(row, run, start)
            if row.name in AGGREGATES
            else self._share_call(row, run)
        )

    def _aggregate(self, row: Function, run: str, start: int) -> Node:
        if run:
            raise ExpressionError(
                start + 1, f"write {row.name}(baseline. ...), not baseline.{row.name}(...)"
            )
        column = self._column()
        part = self._require_kind(self._nested(self.parse_or), row.arguments[0], column)
        if part.is_aggregate or part.is_constant:
            raise ExpressionError(
                column, f"{row.name} is over members, but this is the same for all of them"
            )
        self._close()
        return Aggregate(row.name, part)

    def _share_call(self, row: Function, run: str) -> Call:
        given = self._raw_arguments(row)
        found: dict[str, Any] = {}
        wanted = [*row.arguments, *row.optional]
        for text, column in given:
            name = self._match_argument(row, wanted, text, column)
            wanted = wanted[wanted.index(name) + 1 :]
            found |= self._argument(name, text, column)
        missing = [name for name in row.arguments if name in wanted]
        if missing:
            raise ExpressionError(
                self.position,
                f"{row.name} lacks its {missing[0]}: {row.signature}, such as {row.example}",
            )
        found.setdefault("channels", tuple(range(len(self.cast.channels))))
        return Call(row.name, run, found.pop("quarter", self.last), **found)

    def _raw_arguments(self, row: Function) -> list[tuple[str, int]]:
        """The text and column of each argument, up to the closing bracket."""
        given: list[tuple[str, int]] = []
        start = self.position
        for position in range(self.position, len(self.text)):
            if self.text[position] not in ",)":
                continue
            raw = self.text[start:position]
            given.append((raw.strip(), start + len(raw) - len(raw.lstrip()) + 1))
            start = position + 1
            if self.text[position] == ")":
                self.position = start
                return given
        raise ExpressionError(len(self.text) + 1, f"')' is missing after {row.name}(")

    def _match_argument(self, row: Function, wanted: list[str], text: str, column: int) -> str:
        """The argument that a text is for: the next one, or the year if it is a number."""
        if not wanted:
            raise ExpressionError(column, f"{row.name} takes no more arguments: {row.signature}")
        if not text:
            raise ExpressionError(column, f"the {wanted[0]} is missing: {row.signature}")
        if text.isdecimal() and wanted[0] in row.optional and "year" in wanted:
            return "year"
        return wanted[0]

    def _argument(self, name: str, text: str, column: int) -> dict[str, Any]:
        try:
            if name == "year":
                return {"quarter": self._quarter(text, column)}
            if name == "channel":
                return {
                    "channels": self.cast.indices(
                        "channel", "all" if text.casefold() == "all" else text
                    )
                }
            if name == "power" or (name == "holder" and text.casefold() != AUTONOMY):
                return {"holder": self.cast.index("power", text)}
            if name == "holder":
                return {"holder": None}
            return self._republics(name, text, column)
        except UnknownNameError as error:
            raise ExpressionError(column, str(error)) from None

    def _republics(self, name: str, text: str, column: int) -> dict[str, Any]:
        every = tuple(range(len(self.cast.republics)))
        count = _COUNT.fullmatch(text)
        if count:
            least, of = int(count[1]), int(count[2])
            if name != "places":
                raise ExpressionError(column, f"'{text}' can stand only in leads(...)")
            if of != len(every) or not 1 <= least <= of:
                raise ExpressionError(
                    column,
                    f"'{text}' does not fit {len(every)} republics; "
                    f"write 1 of {len(every)} to {len(every)} of {len(every)}",
                )
            return {"republics": every, "at_least": least}
        if text.casefold() in REGION:
            return {
                "republics": every,
                "at_least": len(every) if name == "places" and text.casefold() == "all" else 0,
            }
        try:
            return {"republics": (self.cast.index("republic", text),)}
        except UnknownNameError:
            raise ExpressionError(
                column,
                f"unknown republic '{text}'; {suggest(text, [*self.cast.republic_names, *REGION])}",
            ) from None

    def _quarter(self, text: str, column: int) -> int:
        last = year_of(self.last)
        if not text.isdecimal() or not text.isascii() or not FIRST_YEAR <= int(text) <= last:
            raise ExpressionError(
                column,
                f"'{text[:40]}' is not a year of the run, which is from {FIRST_YEAR} to {last}",
            )
        return min(last_quarter(int(text)), self.last)
