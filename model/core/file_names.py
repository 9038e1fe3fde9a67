"""Names of files made from names that users chose: no two the same, on any disk.

Disks may ignore the case of letters, and take two ways to write a letter in Unicode for one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

LONGEST = 100  # bytes of a part; a file's name may have 255
HASH_LENGTHS = (8, 64)


def distinct_parts(names: Iterable[str]) -> dict[str, str]:
    """Return a part of a file name for each name: its letters and digits, in lower case.

    Names that would share one have a hash of the name at the end. No part holds `--`, or begins
    or ends with `-`.
    """
    plain = {name: _plain_part(name) for name in names}
    parts = dict(plain)
    for length in HASH_LENGTHS:
        count = Counter(parts.values())
        parts = {
            name: part if count[part] == 1 else f"{plain[name]}-{_short_hash(name, length)}"
            for name, part in parts.items()
        }
    return parts


def join_parts(names: Sequence[str], parts: Mapping[str, str], *, alike: int | None = None) -> str:
    """Join the parts of names with `-`; a hash follows where other names would read the same.

    alike : how many names those others have; by default any number.
    """
    joined = "-".join(parts[name] for name in names)
    readings = _count_readings(joined, set(parts.values()))
    short = joined.encode()[:LONGEST].decode(errors="ignore")
    if short == joined and (readings.total() if alike is None else readings[alike]) < 2:
        return joined
    return f"{short}-{_short_hash(chr(0).join(names), HASH_LENGTHS[0])}"


def _plain_part(name: str) -> str:
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    kept = "".join(letter if letter.isalnum() or letter in "_." else "-" for letter in text)
    short = kept.encode()[:LONGEST].decode(errors="ignore")
    return re.sub("-+", "-", short).strip("-") or "unnamed"


def _short_hash(name: str, length: int) -> str:
    return sha256(name.encode(errors="surrogatepass")).hexdigest()[:length]


def _count_readings(text: str, parts: set[str]) -> Counter[int]:
    """In how many ways a text can be read as parts joined by `-`, by the number of parts."""
    text += "-"
    ways: defaultdict[int, Counter[int]] = defaultdict(Counter, {0: Counter({0: 1})})
    for start in range(len(text)):
        for part in parts if ways[start] else ():
            if text.startswith(f"{part}-", start):
                end = start + len(part) + 1
                ways[end].update({count + 1: number for count, number in ways[start].items()})
    return ways[len(text)]
