"""What a comparison found, in one sentence with its certainty, as titles of figures state it.

The sentence is made from the paired differences that `steppe compare` lists, and says no more
than they do: it names only differences of at least 0.01 whose sign at least 90% of members share.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steppe.model.core.cast import AUTONOMY
from steppe.model.core.number_text import format_change, format_percent
from steppe.model.core.word_lists import (
    channel_in_words,
    count_in_words,
    join_words,
    possessive,
    with_article,
)

from .differences import BASELINE, MIN_CHANGE, SIGN_AGREEMENT, Difference

MIN_MEMBERS = 29  # all of fewer may agree by chance where only nine in ten do: 0.9**28 > 0.05
MOST_CLAUSES = 3  # on who leads
MOST_NAMES = 3  # more republics are counted, not named


@dataclass(frozen=True)
class Finding:
    """A finding: the sentence, and the holders that it speaks of, at most two, the first first.

    `size` is the sum of the differences spoken of, for ranking; 0 if there are none.
    """

    sentence: str
    holders: tuple[str, ...] = ()
    size: float = 0.0


@dataclass(frozen=True)
class Lead:
    """The power that most often has the largest share of a cell, and in which part of members."""

    republic: str
    channel: str
    power: str
    probability: float
    year: int
    members: int


@dataclass(frozen=True)
class _Group:
    """The sure differences of one holder in one channel that have the same sign."""

    items: tuple[Difference, ...]

    @property
    def size(self) -> float:
        return sum(abs(item.median) for item in self.items)

    @property
    def largest(self) -> Difference:
        return max(self.items, key=lambda item: abs(item.median))

    @property
    def holder(self) -> str:
        return self.items[0].holder

    @property
    def republics(self) -> list[str]:
        return sorted(item.republic for item in self.items)


def state_finding(
    items: Sequence[Difference], title: str, other: str, absent: Sequence[str] = ()
) -> Finding:
    """Return what the paired differences of two scenarios found.

    Parameters
    ----------
    items : differences of one scenario from another at one time. title, other : what the two
    are called. absent : actors that only one of them has.
    """
    head = f"{title} against {name_reference(other, title)}"
    if absent:
        head += f" (only one has {join_words([with_article(name) for name in absent])})"
    if not items:
        return Finding(f"{head}: nothing to compare")
    by, members = f"by {items[0].year}", items[0].members
    if members < MIN_MEMBERS:
        return Finding(f"{head}: {too_few(members)} to be sure of a difference")
    sure = [item for item in items if item.same_sign >= SIGN_AGREEMENT]
    groups = _groups([item for item in sure if abs(item.median) >= MIN_CHANGE])
    if not groups:
        nothing = "every sure difference is below 0.01" if sure else "no share differs surely"
        if all(item.unchanged == 1.0 for item in items):
            nothing = "no share differs"
        return Finding(f"{head}: {by}, {nothing}")
    main = groups[0]
    answers = [group for group in groups if _answers(group, main)]
    opposite = next(iter(sorted(answers, key=lambda group: group.holder == main.holder)), None)
    return _describe(head, by, [group for group in (main, opposite) if group], items)


def too_few(members: int) -> str:
    """`one member is too few`, `twelve members are too few`."""
    return f"{count_in_words(members)} member{'s are' if members != 1 else ' is'} too few"


def name_reference(other: str, title: str = "") -> str:
    """The other scenario's title after `against`; of the same family only what tells it apart."""
    family, comma, rest = other.rpartition(", ")
    if comma and f"{title}, ".startswith(f"{family}, "):
        return f"the same {rest}" if rest.startswith("without ") else rest
    return f"the {BASELINE}" if other.casefold() == BASELINE else other


def _groups(items: Iterable[Difference]) -> list[_Group]:
    """Return sure differences by channel, holder and sign, the largest sum first."""
    found: dict[tuple[str, str, bool], list[Difference]] = {}
    for item in items:
        found.setdefault((item.channel, item.holder, item.median > 0), []).append(item)
    return sorted((_Group(tuple(group)) for group in found.values()), key=lambda one: -one.size)


def _answers(group: _Group, main: _Group) -> bool:
    """Whether a group is in the same channel with the opposite sign: who gained what was lost."""
    one, other = group.items[0], main.items[0]
    return one.channel == other.channel and (one.median > 0) != (other.median > 0)


def _describe(head: str, by: str, groups: list[_Group], items: Sequence[Difference]) -> Finding:
    republics = sorted({item.republic for item in items})
    main = groups[0]
    sure = describe_agreement([item.same_sign for group in groups for item in group.items])
    each = sure.startswith("each ")
    text = f"{head}: {by}, {'' if each else f'{sure}, '}{_clause(main, republics)}"
    if len(main.items) > 1:
        text += f", most in {main.largest.republic} ({format_change(main.largest.median)})"
    else:
        text += f" ({format_change(main.largest.median)})"
    for group in groups[1:]:
        text += f"; {_clause(group, republics, main)}"
    holders = tuple(dict.fromkeys(group.holder for group in groups))
    return Finding(f"{text}; {sure}" if each else text, holders, main.size)


def _clause(group: _Group, republics: Sequence[str], before: _Group | None = None) -> str:
    """Who has more or less, and where; of whom and what was named `before`, in short."""
    item = group.items[0]
    direction = "lower" if item.median < 0 else "higher"
    where = f"in {describe_places(group.republics, republics)}"
    if before and group.republics == before.republics:
        where = _the_same_places(len(group.items), len(republics))
    repeated = before is not None and item.holder == before.holder
    subject = "it" if repeated else name_share(item.holder, item.channel)
    return f"{subject} is {direction} {where}"


def _the_same_places(count: int, of: int) -> str:
    """`there`, `in both`, `in all five`, `in the same four`, for republics just named."""
    if count < 3:
        return "there" if count == 1 else "in both"
    return f"in {'all' if count == of else 'the same'} {count_in_words(count)}"


def name_share(holder: str, channel: str) -> str:
    """`Russia's security share`, `autonomy in soft power`."""
    if holder == AUTONOMY:
        return f"autonomy in {channel_in_words(channel)}"
    return f"{possessive(with_article(holder))} {channel} share"


def describe_places(places: Sequence[str], of: Sequence[str]) -> str:
    """`Kazakhstan and Uzbekistan`, `all five republics`, `all republics but Kazakhstan`."""
    if len(places) == len(of) > 2:
        return f"all {count_in_words(len(of))} republics"
    if len(places) <= MOST_NAMES:
        return join_words(list(places))
    if len(places) == len(of) - 1:
        return f"all republics but {next(name for name in of if name not in places)}"
    return f"{count_in_words(len(places))} of the {count_in_words(len(of))} republics"


def describe_agreement(shares: Sequence[float]) -> str:
    """In how many members each of several statements holds at least, rounded down."""
    least = math.floor(100 * min(shares) + 1e-9) / 100
    if least == 1.0:
        return "in every member"
    several = len(shares) > 1
    return f"{'each ' * several}in {'at least ' * several}{format_percent(least)} of members"


def _anywhere(leads: Sequence[Lead]) -> str:
    """`anywhere`, `in Tajikistan`, `the economic channel in Tajikistan`, as far as a page shows."""
    republics, channels = {one.republic for one in leads}, {one.channel for one in leads}
    where = f"in {min(republics)}" if len(republics) == 1 else "anywhere"
    return f"{channel_in_words(min(channels))} {where}" if len(channels) == 1 else where


def state_leads(leads: Sequence[Lead], title: str) -> Finding:
    """Return which powers surely lead, that is, in at least 90% of members, and where."""
    if not leads:
        return Finding(f"{title}: no power holds a share")
    members, year = leads[0].members, leads[0].year
    if members < MIN_MEMBERS:
        return Finding(f"{title}: {too_few(members)} to be sure who leads")
    republics = sorted({lead.republic for lead in leads})
    sure = [lead for lead in leads if lead.probability >= SIGN_AGREEMENT]
    if not sure:
        return Finding(f"{title}: in {year}, no power surely leads {_anywhere(leads)}")
    cells: dict[tuple[str, str], list[Lead]] = {}
    for lead in sure:
        cells.setdefault((lead.power, lead.channel), []).append(lead)
    alike: dict[tuple[str, tuple[str, ...]], list[Lead]] = {}  # channels led in the same places
    for (power, _), group in cells.items():
        alike.setdefault((power, tuple(lead.republic for lead in group)), []).extend(group)
    shown = sorted(alike.items(), key=lambda item: -len(item[1]))[:MOST_CLAUSES]
    powers = tuple(dict.fromkeys(power for (power, _), _ in shown))
    clauses = [
        f"{with_article(power)} leads "
        + ", and ".join(
            join_words(list(dict.fromkeys(channel_in_words(lead.channel) for lead in group)))
            + f" in {describe_places(places, republics)}"
            for (leader, places), group in shown
            if leader == power
        )
        for power in powers
    ]
    spoken = [lead for _, group in shown for lead in group]
    agreement = describe_agreement([lead.probability for lead in spoken])
    text = f"{title}: in {year}, {'; '.join(clauses)}{';' if clauses[1:] else ','} {agreement}"
    led = {lead.channel for lead in sure}
    unled = [name for name in dict.fromkeys(lead.channel for lead in leads) if name not in led]
    if len(sure) > len(spoken):
        more = len(sure) - len(spoken)
        text += f"; {count_in_words(more)} more sure lead{'s are' if more > 1 else ' is'} not named"
    if unled:
        text += f"; no power surely leads in {join_words(list(map(channel_in_words, unled)), 'or')}"
    return Finding(text, powers[:2], float(len(sure)))
