"""The scorecard laid out for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill

from .record import Record, read_record
from .wording import Section, TableRow, provenance_sentence, sections

LINE_WIDTH = 110  # of sentences on a terminal


def render_text(record: Record) -> str:
    """The scorecard for a terminal."""
    parts = [provenance_sentence(record)]
    for section in sections(record):
        parts.append(f"\n{section.title}\n{'-' * len(section.title)}")
        parts += [fill(sentence, LINE_WIDTH) for sentence in section.sentences]
        if section.table:
            parts.append(_align_columns(_with_short_names(section)))
        parts += [
            fill(f"- why {identifier}: {reason}", LINE_WIDTH, subsequent_indent="  ")
            for identifier, reason in section.reasons
        ]
    return "\n".join(parts)


def _with_short_names(section: Section) -> tuple[TableRow, ...]:
    header, *rows = section.table
    if not section.short_names:
        return section.table
    short = zip(section.short_names, rows, strict=True)
    return (header, *((name, *row[1:]) for name, row in short))


def _align_columns(table: tuple[TableRow, ...]) -> str:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


def render_markdown(record: Record, level: int = 3) -> str:
    """The scorecard as Markdown, with headings of this level."""
    parts = [provenance_sentence(record)]
    for section in sections(record):
        parts.append(f"{'#' * level} {section.title}")
        parts += section.sentences
        if section.table:
            header, *rows = section.table
            lines = [header, ("---",) * len(header), *rows]
            parts.append("\n".join(map(_markdown_row, lines)))
        if section.reasons:
            parts.append(
                "\n".join(f"- `{identifier}`: {reason}." for identifier, reason in section.reasons)
            )
    return "\n\n".join(parts) + "\n"


def _markdown_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def generated_block() -> str:
    """The generated block `scorecard` of MODEL.md, from the record that ships."""
    return render_markdown(read_record())
