"""What statistics count: stored and shown; and batches from before."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from command import steppe

from steppe.experiments.analysis.ensembles.factors import offsets_not_read, parameter_factors
from steppe.experiments.analysis.ensembles.simulate import evaluate_members
from steppe.experiments.analysis.expressions.parser import ExpressionError, parse
from steppe.experiments.results.summary import QUANTILES
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.cast import default_cast
from steppe.model.evidence.claims import load_evidence
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.random_streams import normals
from steppe.model.scenario.load import load_scenario

HERE = Path(__file__).parent
OWN = HERE / "own_observables.yaml"
CAST = default_cast()
TRADE = OBSERVABLES["trade"]
SEED, MEMBERS = 5, 12
STEP = 1 / 65534
RUN = ("--members", str(MEMBERS), "--seed", str(SEED), "--parameters-from", "prior", "--quiet")
TURKEY = {
    "title": "Turkey joins",
    "extends": "baseline",
    "cast": {"Turkey": {"kind": "power", "code": "TUR"}},
}


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """Three scenarios, one of them with a power more."""
    folder = tmp_path_factory.mktemp("observables")
    (folder / "turkey.yaml").write_text(yaml.safe_dump(TURKEY))
    scenarios = ("baseline", "russian-retreat", "turkey.yaml")
    ended = steppe("run", *scenarios, *RUN, "--no-figures", "--out", "out", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def before(batch, tmp_path_factory):
    """The same batch as the version before observables would have written it."""
    out = Path(shutil.copytree(batch, tmp_path_factory.mktemp("before") / "out"))
    manifest = load_manifest(out)
    manifest.request["format"] = 3
    del manifest.request["observables"]
    manifest.save(out)
    (out / "manifest.json.before").unlink()
    for name in ("trade", "power"):
        shutil.rmtree(out / "results.zarr" / name)
    return out


# The measurement equation


def particular(power: str, republic: str, member: int) -> float:
    """What is particular to a power's trade in a republic: N(0, 1), drawn by name."""
    (normal,) = normals(SEED, "observable", ("trade", power, republic), np.array([member]))
    return float(normal)


def test_stored_values_follow_from_stored_shares_and_parameters(batch):
    """In plain Python, number by number."""
    dataset = open_batch(batch).isel(time=[0, 19, 40])
    for name in ("baseline", "russian-retreat"):
        one = dataset.sel(scenario=name, channel="economic").load()
        for member, time, republic in np.ndindex(MEMBERS, 3, 5):
            cell = one.isel(member=member, time=time, republic=republic)
            weights = {
                power: float(cell["shares"].sel(holder=power))
                * math.exp(
                    cell["parameters"].sel(parameter=f"offset.trade[{power}]")
                    + particular(power, CAST.republic_names[republic], member)
                )
                for power in CAST.power_names
            }
            for power, weight in weights.items():
                stored = float(cell["trade"].sel(power=power))
                assert stored == pytest.approx(weight / sum(weights.values()), abs=1e-3)


def test_stored_values_add_up_to_one_over_the_powers_of_each_scenario(batch):
    trade = open_batch(batch)["trade"]
    assert trade.dims == ("scenario", "member", "time", "republic", "power")
    np.testing.assert_allclose(trade.sum("power"), 1, atol=3 * STEP)
    turkish = trade.sel(power="Turkey")
    assert turkish.sel(scenario="turkey").notnull().all()
    assert turkish.sel(scenario=["baseline", "russian-retreat"]).isnull().all()


def test_offsets_move_no_share(batch, tmp_path):
    (tmp_path / "moved.yaml").write_text(
        "title: other offsets\nextends: baseline\nparameters: {'offset.trade[China]': 3.0}\n"
    )
    assert steppe("run", "moved.yaml", *RUN, "--no-figures", "--out", "out", cwd=tmp_path).stdout
    moved, plain = open_batch(tmp_path / "out").load(), open_batch(batch).load()
    cell = {"holder": list(CAST.holder_names)}
    np.testing.assert_array_equal(
        moved["shares"].sel(scenario="moved", **cell),
        plain["shares"].sel(scenario="baseline", **cell),
    )
    china = moved["trade"].sel(scenario="moved", power="China")
    assert (china > 0.5).mean() > 0.8
    assert (moved["parameters"].sel(parameter="offset.trade[China]") == 3).all()


# What a batch holds of it


def test_counts_alone_give_the_same_quantiles(batch, tmp_path):
    (tmp_path / "turkey.yaml").write_text(yaml.safe_dump(TURKEY))
    ended = steppe(
        *("run", "baseline", "turkey.yaml", *RUN, "--store", "summary", "--no-figures"),
        *("--out", "out"),
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stderr
    keys = ["scenario", "time", "republic", "holder", "quantile"]
    exact, counted = (
        pd.read_csv(folder / "summary.csv", low_memory=False)
        .query("quantity == 'trade'")
        .set_index(keys)["value"]
        for folder in (batch, tmp_path / "out")
    )
    assert len(counted) == 41 * 5 * 5 * (4 + 5 + 5)
    assert np.abs(exact[counted.index] - counted).max() < 0.0006
    assert steppe("verify", tmp_path / "out", "--jobs", "1").returncode == 0


def test_the_summary_holds_it_beside_influence(batch):
    table = pd.read_csv(batch / "summary.csv")
    rows = table[table["quantity"] == "trade"]
    assert set(table["quantity"]) == {"influence", "trade"} and rows["channel"].isna().all()
    assert set(rows["unit"]) == {TRADE.unit}
    assert "autonomy" not in set(rows["holder"])
    china = rows.query(
        "scenario == 'baseline' and time == '2030Q4' and republic == 'Kazakhstan' "
        "and holder == 'China'"
    )
    cell = {"scenario": "baseline", "republic": "Kazakhstan", "power": "China"}
    values = open_batch(batch)["trade"].sel(cell).isel(time=30).values
    np.testing.assert_allclose(china["value"], np.quantile(values, QUANTILES), atol=1e-5)


def export(batch, form, *words):
    ended = steppe("export", batch, "--to", form, "--power", "China", *words)
    assert ended.returncode == 0, ended.stderr
    return Path(ended.stdout.strip())


def test_every_export_holds_it(batch):
    csv = pd.read_csv(export(batch, "csv"))
    assert set(csv["quantity"]) == {"influence", "trade"} and set(csv["holder"]) == {"China"}
    parquet = pd.read_parquet(export(batch, "parquet", "--members"))
    assert (parquet["quantity"] == "trade").sum() == 4 * MEMBERS * 41 * 5
    with xr.open_dataset(export(batch, "netcdf", "--members"), engine="h5netcdf") as file:
        assert file["trade"].attrs["long_name"] == TRADE.unit
        np.testing.assert_allclose(
            file["trade"].transpose(..., "power").values[..., 0],
            open_batch(batch)["trade"].sel(power="China").values,
            atol=1e-6,
        )
    iamc = pd.read_csv(export(batch, "iamc"))
    assert {"Trade|China|50th Percentile", "Influence|Economic|China|50th Percentile"} <= set(
        iamc["variable"]
    )


def test_filters_of_channels_and_of_autonomy_leave_it_out(batch):
    security = pd.read_csv(export(batch, "csv", "--channel", "security"))
    assert set(security["quantity"]) == {"influence"}
    assert set(pd.read_csv(export(batch, "csv", "--channel", "economic"))["quantity"]) == {
        "influence",
        "trade",
    }
    path = steppe("export", batch, "--to", "csv", "--power", "autonomy").stdout.strip()
    assert set(pd.read_csv(path)["quantity"]) == {"influence"}


# Comparisons, expressions, explanations


def compare(batch, *words):
    ended = steppe("compare", batch, *words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_comparison_shows_it_and_gives_it_to_programs(batch, tmp_path):
    asked = ("russian-retreat", "--republic", "Kazakhstan", "--power", "Russia")
    found = json.loads(compare(batch, *asked, "--csv", tmp_path / "table.csv", "--json"))
    (observed,) = found["observed"]
    assert observed["observable"] == "trade" and observed["unit"] == TRADE.unit
    (row,) = observed["differences"]
    assert "channel" not in row and (row["republic"], row["holder"]) == ("Kazakhstan", "Russia")
    trade = open_batch(batch)["trade"].sel(republic="Kazakhstan", power="Russia").isel(time=-1)
    paired = trade.sel(scenario="russian-retreat") - trade.sel(scenario="baseline")
    assert row["median"] == pytest.approx(float(paired.median()), abs=1e-6)
    assert "2040, Kazakhstan, trade, Russia: " in compare(batch, *asked)
    table = pd.read_csv(tmp_path / "table.csv")
    (line,) = table[table["quantity"] == "trade"].to_dict("records")
    assert line["unit"] == TRADE.unit and line["value"] == pytest.approx(row["median"], abs=1e-5)
    assert "trade" not in compare(batch, *asked, "--channel", "security")


def test_a_comparison_says_that_an_added_power_makes_the_whole_another(batch):
    text = compare(batch, "turkey", "baseline")
    assert "in turkey it has the trade with Turkey, whose offset is drawn from its prior" in text
    assert "parts of the others are smaller there" in text
    assert "the whole differs" not in compare(batch, "russian-retreat")


def test_an_expression_reads_it_of_both_runs(batch):
    scenario = load_scenario("russian-retreat")
    text = "trade(Russia, Kazakhstan, 2030) - baseline.trade(RUS, Kazakhstan, 2030)"
    source = load_parameter_source("prior")
    found = evaluate_members(
        MEMBERS, scenario, parse(text, scenario.cast, scenario.last), SEED, source
    )
    trade = open_batch(batch)["trade"].sel(republic="Kazakhstan", power="Russia").isel(time=30)
    paired = trade.sel(scenario="russian-retreat") - trade.sel(scenario="baseline")
    np.testing.assert_allclose(found, paired, atol=3 * STEP)
    assert np.abs(found).max() > 0.001


def test_an_expression_takes_the_mean_over_republics(batch):
    scenario = load_scenario("baseline")
    source = load_parameter_source("prior")
    expression = parse("trade(China, all)", scenario.cast, scenario.last)
    found = evaluate_members(MEMBERS, scenario, expression, SEED, source)
    trade = open_batch(batch)["trade"].sel(scenario="baseline", power="China").isel(time=-1)
    np.testing.assert_allclose(found, trade.mean("republic"), atol=3 * STEP)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trade(autonomy, Kazakhstan)", "unknown power 'autonomy'"),
        ("trade(China, Kazakhstan, security)", "'security' is not a year of the run"),
        ("trad(China, Kazakhstan)", "did you mean 'trade'?"),
    ],
)
def test_a_wrong_expression_is_refused_at_its_column(text, message):
    with pytest.raises(ExpressionError, match=r"column [0-9]+: ") as caught:
        parse(text, CAST, 163)
    assert message in str(caught.value)


def test_offsets_are_factors_only_of_what_reads_them():
    source, scenario = load_parameter_source("prior"), load_scenario("baseline")
    reading, other = (
        parse(text, CAST, 163) for text in ("trade(China, region)", "share(China, region)")
    )
    assert offsets_not_read(reading) == () and offsets_not_read(other) == ("offset.trade",)
    names = [
        {
            factor.name
            for factor in parameter_factors(source, scenario, without=offsets_not_read(expression))
        }
        for expression in (reading, other)
    ]
    assert names[0] - names[1] == {f"offset.trade[{power}]" for power in CAST.power_names}


def test_it_and_its_offsets_are_explained():
    text = " ".join(steppe("explain", "trade").stdout.split())
    assert "trade (observable)" in text and f"unit: {TRADE.unit}" in text
    read = [claim.id for claim in load_evidence().targets() if claim.expect.link == "trade"]
    assert len(read) >= 5 and f"claims read on it: {', '.join(read)} " in text
    assert "never held against data" in text
    assert "N(0, 1.2)" in steppe("explain", "offset.trade[China]").stdout
    assert "observable (term)" in steppe("explain", "observables").stdout


# Pictures


def test_the_report_shows_it_beside_influence(batch, before):
    pages = []
    for out in (batch, before):
        ended = steppe("report", out)
        assert ended.returncode == 0, ended.stderr
        pages.append((out / "report.html").read_text(encoding="utf-8"))
    page = pages[0]
    place = {"scenario": "baseline", "republic": "Kazakhstan"}
    end = open_batch(batch).sel(place).isel(time=19).load()  # of 2019
    influence = end["shares"].sel(channel="economic", holder="China").median()
    trade = end["trade"].sel(power="China").median()
    row = page[page.index('id="observables-title"') :]
    row = row[row.index('<th scope="row">China</th>') :].split("</tr>")[0]
    numbers = [part.split("<")[0] for part in row.split('<span class="number">')[1:]]
    assert numbers == [f"{float(value):.2f}" for value in (influence, trade)]
    assert page.index("observables-title") < page.index("findings-title") + 2000
    assert "Turkey" not in row and "Influence is not trade" in page
    assert "observables-title" not in pages[1]


def test_a_figure_is_drawn_for_each_republic_with_what_it_is(batch):
    asked = ("--figure", "trade", "--republic", "KAZ", "--scenario", "turkey", "--format", "svg")
    (path,) = steppe("plot", batch, *asked, "--jobs", "1").stdout.split()
    assert Path(path).name.startswith("trade-turkey-kazakhstan") and Path(path).stat().st_size


# Batches from before


def test_a_batch_from_before_is_compared_exported_and_drawn_without(before):
    assert "trade" not in compare(before, "russian-retreat")
    assert set(pd.read_csv(export(before, "csv"))["quantity"]) == {"influence"}
    ended = steppe("plot", before, "--figure", "region", "--scenario", "baseline", "--jobs", "1")
    assert ended.returncode == 0, ended.stderr
    ended = steppe("plot", before, "--figure", "trade")
    assert ended.returncode == 2
    assert "the batch stores no such observable; run it again with another --out" in ended.stderr


@pytest.mark.parametrize("verb", ["run", "verify"])
def test_a_batch_from_before_is_neither_continued_nor_verified(before, verb):
    words = (
        ("baseline", "russian-retreat", "turkey.yaml", *RUN, "--no-figures", "--out", before)
        if verb == "run"
        else (before, "--jobs", "1")
    )
    (before.parent / "turkey.yaml").write_text(yaml.safe_dump(TURKEY))
    ended = steppe(verb, *words, cwd=before.parent)
    assert ended.returncode == 2 and len(ended.stderr.strip().splitlines()) == 1
    assert "has format 3, without observables" in ended.stderr
    assert "another --out, or --replace" in ended.stderr


def test_a_batch_of_a_later_format_is_said_to_be_later(batch, tmp_path):
    out = Path(shutil.copytree(batch, tmp_path / "out"))
    manifest = load_manifest(out)
    manifest.request["format"] = 5
    manifest.save(out)
    ended = steppe("verify", out, "--jobs", "1")
    assert ended.returncode == 2 and "has format 5, of a later version," in ended.stderr


def test_a_batch_with_other_observables_is_not_continued(batch, tmp_path):
    out = Path(shutil.copytree(batch, tmp_path / "out"))
    manifest = load_manifest(out)
    manifest.request["observables"]["trade"]["spread"] = 1.0
    manifest.request["observables"]["arms"] = manifest.request["observables"]["trade"]
    manifest.save(out)
    ended = steppe("verify", out, "--jobs", "1")
    assert ended.returncode == 2
    assert "observable trade has changed; observable arms is stored, not declared" in ended.stderr


def test_a_block_without_its_values_is_damage(batch, tmp_path):
    out = Path(shutil.copytree(batch, tmp_path / "out"))
    shutil.rmtree(out / "results.zarr" / "trade" / "c" / "1")
    ended = steppe("compare", out, "russian-retreat")
    assert ended.returncode == 2 and "block russian-retreat/0 is missing" in ended.stderr
