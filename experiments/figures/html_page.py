"""HTML that all pages share: the style sheet, the shell of a page, tables and lists."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path

SHARED_SCRIPTS = ("elements.js", "chart.js", "evidence.js")  # by the report and the live page


class Html(str):
    """Text that is HTML already and must not be escaped again."""

    __slots__ = ()


def stylesheet() -> str:
    """The text of `page.css`."""
    return (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def script(name: str) -> str:
    """The text of a script that pages share."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def policy_hash(text: str) -> str:
    """The hash by which the policy of a page allows this script or style, and no other."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def page(title: str, body: str) -> str:
    """A self-contained page with the shared style sheet."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Steppe: {escape(title)}</title>\n<style>{stylesheet()}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def bullet_list(items: Iterable[str], css_class: str = "") -> str:
    """An unordered list."""
    entries = "".join(f"<li>{_text(item)}</li>" for item in items)
    return f"<ul{_class(css_class)}>{entries}</ul>"


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    cell_class: Callable[[str, str], str] = lambda column, text: "",
) -> str:
    """A table that scrolls sideways if it is too wide; the first cell of a row is its heading.

    Parameters
    ----------
    cell_class : gives the CSS class of a cell from its column and text, and of a column's
    heading from its name twice.
    """
    head = "".join(
        f'<th scope="col"{_class(cell_class(column, column))}>{_text(column)}</th>'
        for column in columns
    )
    body = "".join(_row(columns, row, cell_class) for row in rows)
    return (
        f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0">'
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(columns: Sequence[str], row: Sequence[str], cell_class: Callable[[str, str], str]) -> str:
    heading, *cells = row
    rest = "".join(
        f"<td{_class(cell_class(column, cell))}>{_text(cell)}</td>"
        for column, cell in zip(columns[1:], cells, strict=True)
    )
    return f'<tr><th scope="row">{_text(heading)}</th>{rest}</tr>'


def _text(text: str) -> str:
    return text if isinstance(text, Html) else escape(text)


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
