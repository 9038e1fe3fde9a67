"""What a member more costs from Python is what it costs by the command, counted in calls.

Seconds of processor vary by a third on a busy machine; how often functions are called does not.
"""

from __future__ import annotations

import cProfile

import pytest

import steppe
from steppe.experiments.cli.app import steppe as group
from steppe.experiments.runs import run, shared_history

BLOCK = 8  # members
FEW, MANY = BLOCK, 4 * BLOCK
SCENARIO = "russian-retreat"


def by_command(members, out):
    words = f"run {SCENARIO} --members {members} --jobs 1 --no-figures --quiet --out {out}"
    group(words.split(), standalone_mode=False)


def into_a_folder(members, out):
    steppe.run(SCENARIO, members=members, jobs=1, out=out)


def into_memory(members, out):
    steppe.run(SCENARIO, members=members, jobs=1)


@pytest.fixture(scope="module")
def cost(tmp_path_factory):
    """Calls for a member more, by who runs it."""
    patch, folder = pytest.MonkeyPatch(), tmp_path_factory.mktemp("cost")
    patch.setattr(run, "members_per_block", lambda members: BLOCK)

    def calls(side, members, name):
        shared_history._histories.clear()
        profile = cProfile.Profile()
        profile.runcall(side, members, folder / f"{side.__name__}-{name}")
        return sum(row.callcount for row in profile.getstats())

    found = {}
    try:
        for side in (by_command, into_a_folder, into_memory):
            calls(side, MANY, "first")  # after which all is imported, and draws are spun up
            few, many = (calls(side, members, members) for members in (FEW, MANY))
            found[side] = (many - few) / (MANY - FEW)
    finally:
        patch.undo()
        shared_history._histories.clear()
    return found


@pytest.mark.parametrize("side", [into_a_folder, into_memory])
def test_a_member_more_costs_within_5_percent_of_what_it_costs_by_the_command(cost, side):
    assert cost[by_command] > 1000
    assert cost[side] == pytest.approx(cost[by_command], rel=0.05)
