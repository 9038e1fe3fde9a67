"""summary.csv is what pandas would write of the tidy table, byte for byte."""

from functools import partial

import pandas as pd
import pytest
from small_batches import make_batch

import steppe
from steppe.experiments.results.observed import stored_observables
from steppe.experiments.results.summary import quantiles, tidy_frame, write_summary
from steppe.experiments.storage.zarr_store import open_results
from steppe.model.core.number_text import format_fixed

SHORT = """
title: Short
extends: baseline
to: 2021
"""
ADDED = """
title: Added
extends: baseline
to: 2021
cast:
  'South "Korea"':
    kind: power
    code: KR
    budget: 0.4
"""


def as_pandas_writes(folder):
    dataset = open_results(folder / "results.zarr")
    frame = pd.concat(
        tidy_frame(quantiles(dataset, observable), dataset["quarter"], observable, "quantile")
        for observable in (None, *stored_observables(dataset))
    )
    return frame.to_csv(index=False, float_format=partial(format_fixed, decimals=5)).encode()


@pytest.mark.parametrize("store", ["members", "summary"])
@pytest.mark.parametrize("frequency", ["year", "quarter"])
def test_a_run_with_an_actor_that_one_scenario_adds(tmp_path, store, frequency):
    short, added = tmp_path / "short.yaml", tmp_path / "added.yaml"
    short.write_text(SHORT, encoding="utf-8")
    added.write_text(ADDED, encoding="utf-8")
    out = tmp_path / "out"
    keys = {"members": 3, "jobs": 1, "store": store, "frequency": frequency}
    steppe.run([short, "history", added], out=out, **keys)
    written = write_summary(out).read_bytes()
    assert written == as_pandas_writes(out)
    assert b',"South ""Korea""",0.05000,' in written


@pytest.mark.parametrize("done", [None, 1])
def test_a_batch_finished_or_not(tmp_path, done):
    out = make_batch(tmp_path / "out", done=done)
    assert write_summary(out).read_bytes() == as_pandas_writes(out)


def test_what_rounds_to_nought_has_no_sign(tmp_path, monkeypatch):
    from steppe.experiments.results import summary

    def shifted(dataset, observable):
        return quantiles(dataset, observable) * 2e-5 - 1e-5

    out = make_batch(tmp_path / "out", ["history"])
    monkeypatch.setattr(summary, "quantiles", shifted)
    lines = write_summary(out).read_text(encoding="utf-8").splitlines()[1:]
    values = {line.split('"')[0].split(",")[-2] for line in lines}
    assert "0.00000" in values and "-0.00000" not in values
