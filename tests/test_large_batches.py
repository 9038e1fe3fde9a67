"""Batches of millions of members: few objects, and blocks that are simulated in pieces."""

from __future__ import annotations

import batches
import pytest

from steppe.experiments.benchmarks.cluster_load import count_objects
from steppe.experiments.runs import batch_request, block
from steppe.experiments.runs.batch_request import members_per_block
from steppe.experiments.storage.zarr_store import block_hash


@pytest.mark.parametrize("members", [1, 2048, 1_000_000, 10_000_000, 100_000_000])
def test_a_scenario_has_at_most_ten_thousand_objects(members):
    assert count_objects(members) <= 10_000
    assert members_per_block(members) % block.BLOCK == 0


def test_blocks_of_usual_batches_are_as_before():
    assert members_per_block(1_000_000) == block.BLOCK


@pytest.mark.parametrize("pieces", [1, 3, 4])
def test_a_block_in_pieces_has_the_bytes_of_one_that_is_simulated_at_once(
    tmp_path, monkeypatch, pieces
):
    what = batches.request(members=10, block=10)
    at_once = [block_hash(*block.compute_block(one)) for one in what.blocks(tmp_path)]
    monkeypatch.setattr(batch_request, "BLOCK", -(-10 // pieces))
    in_pieces = what.blocks(tmp_path)
    assert len(list(in_pieces[0].pieces())) == pieces
    assert [block_hash(*block.compute_block(one)) for one in in_pieces] == at_once
