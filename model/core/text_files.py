"""Text as editors write it: UTF-8, with or without a byte-order mark, with any line ends."""

from __future__ import annotations

from pathlib import Path

from .diagnostics import Diagnostic, DiagnosticsError

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path) -> str:
    """Read a text file, as `decode_text` decodes it.

    Raises
    ------
    DiagnosticsError
        If it is not UTF-8 text. OSError if it cannot be read.
    """
    return decode_text(path.read_bytes(), str(path))


def decode_text(raw: bytes, name: str) -> str:
    """Decode the bytes of a file; lines end in a line feed, and a byte-order mark is left out.

    Raises
    ------
    DiagnosticsError
        If it is not UTF-8 text, at the place where that shows.
    """
    if raw.startswith(_UTF16) or b"\0\0" in (raw[:4:2], raw[1:4:2]):
        found = "starts with a UTF-16 byte-order mark" if raw.startswith(_UTF16) else "is UTF-16"
        raise DiagnosticsError([Diagnostic(name, 1, 1, f"{found}; save the file as UTF-8")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        message = "is not UTF-8 text; save the file as UTF-8"
        raise DiagnosticsError([Diagnostic(name, line, column, message)]) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
