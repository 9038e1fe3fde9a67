"""No claim and no matter has a name that tells its level.

Levels are coded twice from the documents. A name that says how much, in which direction or for
whom, such as `remittances-vital` or `trade-drop`, would tell a coder, or a reader who checks a
level, what to find. `WORDS` lists words of sign and size that such names have used; a name is
made of the subject, and of years where a matter has several. What a membership does (founded,
joins, exit) has no level, and may stand in a name.
"""

from __future__ import annotations

import pytest

from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.codings import load_codings
from steppe.model.scenario.load_history import load_history

WORDS = """
absent active advance advances ahead alarm allies ally anxious bad behind best better big billion
billions breakthrough calm cancelled cheap chief close closed closes closest closing competitor
cool coolness crisis deep deepens deeper destabilising distance dominant down drift drop dropped
drops effective efficient end ended ending ends enhanced enough exclude expand expands expansion
fail failed fails fall fallen falling falls falter faltering falters fears few fewer first free
friendly full furthest gain gone good grow growing grown grows growth half halted hampered hardly
heeds hesitation hides high higher hostile impetus important increase increased increases
indifference irritated jumps kept key lacks large larger largest last lead leader leads least less
lesser limited lose losing loss lost low lower main major many million minor modest more most much
narrow never no none not obstacle only open opened opening opens over poor popular prime priority
progress recession recover recovery resumed retreat rich rise rises rising rival rivalry rose
second significant slight slowdown small smaller solid solidarity stays stop stopped stops
strength strengthened strengthening strong stronger substantial thick thin third thwart tightened
times unclaimed undecided undermined unguarded unmet unprofitable unrealised unsettled up vital
wary weak weaker weakness weight widen widens without worse worst
"""
TELLING = frozenset(WORDS.split())


def telling(names: set[str]) -> dict[str, set[str]]:
    """Names that tell a level, with the words that do."""
    found = {name: TELLING & set(name.split("-")) for name in names}
    return {name: words for name, words in found.items() if words}


def test_no_claim_or_matter_has_a_name_that_tells_a_level():
    claims = load_evidence().claims
    names = {claim.id for claim in claims} | {claim.cluster for claim in claims if claim.cluster}
    assert telling(names) == {}


def test_no_event_of_the_history_has_a_name_that_tells_a_level():
    assert telling(set(load_history().events)) == {}


def test_units_are_numbered():
    assert all(isinstance(number, int) for number in load_codings().units)


@pytest.mark.parametrize("name", ["eprs-trade-drop", "letter-russia-growing", "not-a-platform"])
def test_a_telling_name_is_found(name):
    assert list(telling({name, "eprs-remittances", "essay-downtown"})) == [name]
