"""Text as editors write it: UTF-8, with or without a byte-order mark, with any line ends."""

from __future__ import annotations

import re
from pathlib import Path

from .diagnostics import Diagnostic, DiagnosticsError

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CYRILLIC = ("CP1251", "KOI8-R", "CP866", "ISO-8859-5")
_COMMON_LETTERS = frozenset("оеаинтсрвл")  # two thirds of Russian text


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
        found = guess_encoding(raw)
        message = (
            f"is not UTF-8 text, it seems to be {found}; save the file as UTF-8, "
            f"say with iconv -f {found} -t UTF-8"
        )
        raise DiagnosticsError([Diagnostic(name, line, column, message)]) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split_lines(text: str) -> list[str]:
    """Split decoded text into lines as editors number them.

    Only a line feed ends a line: not the form feed between pages of a PDF, nor what else
    `str.splitlines` takes for an end.
    """
    return text.removesuffix("\n").split("\n")


def guess_encoding(raw: bytes) -> str:
    """Name the encoding that text which is not UTF-8 seems to have, as iconv spells it.

    Where letters outside ASCII come in words, it is the Cyrillic encoding in which the most
    of them are common letters; otherwise that of Western Windows.
    """
    words = b" ".join(re.findall(rb"[\x80-\xff]{3,}", raw))

    def count_common_letters(encoding: str) -> int:
        return sum(letter in _COMMON_LETTERS for letter in words.decode(encoding, "replace"))

    return max(_CYRILLIC, key=count_common_letters) if words else "CP1252"
