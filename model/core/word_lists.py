"""Lists as a sentence writes them."""

from __future__ import annotations

from collections.abc import Sequence

_TAKES_THE = {"Emirates", "Federation", "Gulf", "Kingdom", "Nations", "Republic", "States", "Union"}


def with_article(name: str) -> str:
    """The name as a sentence has it: `the United States`, `the EU`, `Russia`."""
    last = name.split()[-1] if name.split() else ""
    capitals = sum(letter.isupper() for letter in last)
    return f"the {name}" if last in _TAKES_THE or capitals > 1 else name


def possessive(name: str) -> str:
    """`Russia's`, `the United States'`."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def channel_in_words(channel: str) -> str:
    """The channel after `in`: `the economic channel`, `security`."""
    return f"the {channel} channel" if channel.endswith("ic") else channel


def join_words(words: Sequence[str], conjunction: str = "and") -> str:
    """`Russia, China and India`; an empty text for no words."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


_SMALL_NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def count_in_words(number: int) -> str:
    """`four`, and figures from thirteen on."""
    return _SMALL_NUMBERS[number] if number < len(_SMALL_NUMBERS) else f"{number:,}"
