"""Runs of the measured layer: levels are not drawn anew, and bands carry the discrepancy on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from layer_posteriors import DRAWS, layer_posterior

import steppe
from steppe.experiments.analysis.ensembles.simulate import evaluate_members
from steppe.experiments.analysis.expressions.parser import parse
from steppe.experiments.runs import observed_links
from steppe.experiments.runs.block import Block, simulate
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.experiments.storage.zarr_store import PARAMETERS, pack_shares
from steppe.model.core import shipped_files
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError
from steppe.model.evidence import series as series_module
from steppe.model.evidence.series import MEASURED, load_series
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.parameters import posterior as posterior_module
from steppe.model.parameters.cell_links import CellLinks
from steppe.model.parameters.discrepancy import DISCREPANCY, NOISE
from steppe.model.parameters.posterior import read_posterior
from steppe.model.parameters.table import all_labels
from steppe.model.scenario.load import load_scenario

CAST, TRADE = default_cast(), OBSERVABLES["trade"]
LABELS = all_labels(CAST)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("layer") / "layer.csv"
    layer_posterior(path)
    return path


@pytest.fixture(scope="module")
def source(file):
    return load_parameter_source(str(file))


@pytest.fixture(scope="module")
def results(file):
    return steppe.run("baseline", members=2 * DRAWS, parameters_from=file, evidence="measured")


def block(source, first=0, last=20, scenario="baseline", frequency="year"):
    return Block(
        load_scenario(scenario), 0, first, last, 1, frequency, source, Path("none"), CAST, LABELS
    )


def trade(block, years=slice(None)):
    """Packed trade, (member, time, republic, power)."""
    return simulate(block)[2][:, years]


def test_the_file_keeps_what_was_learnt_of_cells(file):
    written, found = layer_posterior(file), read_posterior(file, LABELS)
    assert found.header == written.header and set(found.cells) == set(written.cells)
    for label, values in written.cells.items():
        assert found.cells[label] == pytest.approx(values, rel=1e-4)
    links = CellLinks.from_columns(found.cells, "trade", CAST)
    assert links.as_columns("trade", CAST).keys() == found.cells.keys()
    repeated = found.cells_of(np.array([3, 3 + DRAWS]))["trade scale, China in Tajikistan"]
    assert repeated[0] == repeated[1]


@pytest.mark.parametrize("name", ["SHIPPED_POSTERIOR", "SHIPPED_MEASURED"])
def test_a_posterior_is_read_once(name, monkeypatch):
    read, text_of = [], posterior_module.read_text
    monkeypatch.setattr(
        posterior_module, "read_text", lambda path: read.append(path) or text_of(path)
    )
    path = getattr(shipped_files, name)
    assert load_parameter_source(str(path)).posterior.size == 1000 and read == [path]


def test_bands_pass_through_the_data_within_their_noise(results):
    """In every year of the series, whatever the made-up levels of the posterior say."""
    (series,) = load_series([MEASURED])
    shares = results["trade"].isel(scenario=0)
    away, spread = [], []
    for year, counted in zip(series.years, series.value, strict=True):
        at = shares.sel(time=str(year)).isel(time=0).transpose("power", "republic", "member")
        logs = np.log(at.values) - np.log(counted)[..., None]
        ratios = logs - logs.mean(axis=0)  # what powers share tells nothing
        away.append(np.abs(np.median(ratios, axis=-1)))
        spread.append(ratios.std(axis=-1))
    assert np.mean(away) < NOISE and np.mean(spread) < 2 * NOISE


def test_bands_widen_after_the_data(results):
    shares = results["trade"].isel(scenario=0).sel(republic="Kazakhstan", power="Russia")
    logs = np.log(shares.values)
    spread = dict(zip(shares["time"].dt.year.values.tolist(), logs.std(axis=0), strict=True))
    assert spread[2009] < 2 * NOISE < spread[2012] < spread[2019] < spread[2039]
    assert spread[2039] > 0.5 * DISCREPANCY


def test_manifest_and_attributes_name_the_layer(results):
    assert results.attrs["layer"] == "documents and series"
    assert '"series"' in results.attrs["request"] and "ITPD-E" in results.attrs["request"]
    plain = steppe.run("baseline", members=2)
    assert plain.attrs["layer"] == "documents alone"
    assert '"series"' not in plain.attrs["request"]


def test_a_member_has_the_same_bits_in_any_block_and_beside_any_scenario(source):
    whole = trade(block(source))
    observed_links._kept.clear()
    assert (trade(block(source, 7, 12)) == whole[7:12]).all()
    other = trade(block(source, 0, 20, "russian-retreat"))
    assert (other[:, :20] == whole[:, :20]).all() and (other[:, -1] != whole[:, -1]).any()


def test_quarters_meet_years_at_their_ends(source):
    years, quarters = trade(block(source, 0, 3)), trade(block(source, 0, 3, frequency="quarter"))
    assert (quarters[:, 3::4] == years).all()
    assert (quarters[:, 4::4] != quarters[:, 3:-1:4]).any()


def test_expressions_read_what_runs_store(source):
    stored = trade(block(source, 0, 3))[:, 19, 0, 1]
    scenario = load_scenario("baseline")
    expression = parse("trade(China, Kazakhstan, 2019)", CAST, scenario.last)
    assert (pack_shares(evaluate_members(3, scenario, expression, 1, source)) == stored).all()


def test_a_scenario_may_end_in_any_quarter(source):
    """The last quarters of a shorter run are those of a longer one."""
    long = trade(block(source, 0, 3, frequency="quarter"))
    for last in (157, 158, 159, 160):
        scenario = replace(load_scenario("baseline"), last=last)
        short = trade(replace(block(source, 0, 3, frequency="quarter"), scenario=scenario))
        assert (short == long[:, : last + 1]).all()


def test_a_scenario_with_another_history_is_not_drawn_to_the_data(source):
    """The discrepancy is that of history as it was: the same in every scenario."""
    numbers = np.arange(5)
    plain = simulate(block(source, 0, 5))
    scenario = replace(load_scenario("baseline"), parameters={"beta[economic]": 2.0})
    changed = simulate(replace(block(source, 0, 5), scenario=scenario))
    at = 8  # the end of 2008
    assert (changed[1][:, LABELS.index("beta[economic]")] == 2.0).all()
    assert (plain[2][:, at] != changed[2][:, at]).any()
    model_of = steppe.InfluenceModel("baseline", members=numbers, parameters_from=source.posterior)
    links = [
        observed_links.make_link(TRADE, source, model_of.parameters, 1, numbers, last)
        for last in (79, 163)
    ]
    assert (links[0].added == links[1].added[:20]).all()


def test_documents_alone_have_the_same_bits_with_and_without_the_pack(monkeypatch, tmp_path):
    before = simulate(block(load_parameter_source(), 0, 4))
    monkeypatch.setattr(series_module, "PACK", tmp_path / "nothing")
    source = load_parameter_source()
    assert source.layer == "documents alone" and not source.series and not source.posterior.cells
    for one, other in zip(before, simulate(block(source, 0, 4)), strict=True):
        assert one.tobytes() == other.tobytes()
    assert observed_links.make_link(TRADE, source, _parameters(), 1, np.arange(2), 79).added is None


def _parameters():
    return steppe.InfluenceModel("baseline", members=2).parameters


@pytest.mark.parametrize(
    ("posterior", "evidence", "right"),
    [
        (
            "posterior",
            ("own", "measured"),
            "calibrate --evidence own --evidence measured --out own",
        ),
        ("prior", ("measured",), "leave out --parameters-from prior"),
        ("documents", ("measured",), "steppe calibrate --evidence measured --out own.csv"),
        ("layer", ("own",), "steppe run --evidence measured --parameters-from "),
        ("other", ("measured",), "steppe calibrate --evidence measured --out "),
    ],
)
def test_a_posterior_of_one_layer_with_evidence_of_the_other_is_refused(
    posterior, evidence, right, file, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    path = {"layer": str(file), "other": "other.csv", "documents": _documents(tmp_path)}
    text = file.read_text().replace("# series: ", "# series: 0")
    Path("other.csv").write_text(text)
    with pytest.raises(RequestError) as error:
        steppe.run(
            "baseline",
            members=2,
            parameters_from=path.get(posterior, posterior),
            evidence=list(evidence),
        )
    said = str(error.value)
    assert right.replace("--evidence measured", "evidence='measured'") in said.replace(
        "--evidence measured", "evidence='measured'"
    )
    assert "\n" not in said


def _documents(folder: Path) -> str:
    path = folder / "documents.csv"
    path.write_bytes(shipped_files.SHIPPED_POSTERIOR.read_bytes())
    return str(path)


def test_a_batch_of_the_layer_resumes_and_is_verified(file, tmp_path):
    from steppe.experiments.runs.rebuild_request import rebuild_request
    from steppe.experiments.storage.manifest import load_manifest

    out = tmp_path / "batch"
    found = steppe.run("baseline", members=4, parameters_from=file, out=out)
    again = rebuild_request(load_manifest(out), out)
    assert again.parameter_source.layer == "documents and series"
    assert again.as_record() == load_manifest(out).request
    assert found[PARAMETERS].sizes["member"] == 4
