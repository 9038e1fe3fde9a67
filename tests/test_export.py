"""Export: every form read back by the tool it is for, with units, and what is refused."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from small_batches import make_batch

from steppe.experiments.cli.export import command
from steppe.experiments.results import export as exporting
from steppe.experiments.results.export import export
from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.zarr_store import STEP, UNIT
from steppe.model.core.errors import RequestError

CELL = {
    "scenario": "retreat",
    "republic": "Kazakhstan",
    "channel": "soft power",
    "holder": "Russia",
}


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return make_batch(tmp_path_factory.mktemp("export") / "out", members=6, block=6)


@pytest.fixture(scope="module")
def stored(batch):
    """What the exports must hold: one cell over members and time."""
    return open_batch(batch)["shares"].sel(**CELL).transpose("time", "member").values


def only(frame: pd.DataFrame) -> pd.DataFrame:
    for name, word in CELL.items():
        frame = frame[frame[name] == word]
    return frame


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_hold_quantiles_or_members(batch, stored, tmp_path, form):
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}[form]
    quantiles = only(read(export(batch, form, tmp_path / "quantiles")))
    medians = quantiles[quantiles["quantile"] == 0.5]["value"].to_numpy()
    assert medians == pytest.approx(np.median(stored, axis=1), abs=2e-5)
    members = only(read(export(batch, form, tmp_path / "members", members=True)))
    values = members.pivot(index="time", columns="member", values="value").to_numpy()
    assert values == pytest.approx(stored, abs=2e-5)
    assert set(quantiles["unit"]) == set(members["unit"]) == {UNIT}


def test_members_in_many_tables_are_those_in_one(tmp_path, monkeypatch):
    blocks = make_batch(tmp_path / "blocks", ["baseline"], members=11, block=4)
    export(blocks, "csv", tmp_path / "few.csv", members=True)
    monkeypatch.setattr(exporting, "MEMBERS_PER_TABLE", 3)
    export(blocks, "csv", tmp_path / "many.csv", members=True)
    assert sorted((tmp_path / "many.csv").read_text().splitlines()) == sorted(
        (tmp_path / "few.csv").read_text().splitlines()
    )
    assert sorted(set(pd.read_csv(tmp_path / "many.csv")["member"])) == list(range(11))


def test_a_shorter_scenario_has_no_rows_beyond_its_end(batch, tmp_path):
    table = pd.read_csv(export(batch, "csv", tmp_path / "all.csv"))
    assert table[table["scenario"] == "history"]["time"].max() == "2019Q4"
    assert table["value"].notna().all()


def test_netcdf_opens_with_units(batch, stored, tmp_path):
    with xr.open_dataset(
        export(batch, "netcdf", tmp_path / "a.nc"), engine="h5netcdf"
    ) as quantiles:
        assert quantiles["shares"].attrs["units"] == "1" and quantiles.attrs["seed"] == 7
        assert quantiles["shares"].sel(quantile=0.5, **CELL).values == pytest.approx(
            np.median(stored, axis=1), abs=2 * STEP
        )
    with xr.open_dataset(
        export(batch, "netcdf", tmp_path / "b.nc", members=True), engine="h5netcdf"
    ) as members:
        assert members["shares"].sel(**CELL).transpose("time", "member").values == pytest.approx(
            stored, abs=STEP
        )
        assert list(members["quarter"].values[:2]) == ["2000Q4", "2001Q4"] and members[
            "parameters"
        ].shape == (4, 6, 2)


@pytest.mark.filterwarnings("ignore")  # of pyam and of what it imports, which are not ours to mend
def test_pyam_reads_the_iamc_layout(batch, stored, tmp_path):
    pyam = pytest.importorskip("pyam", reason="pyam-iamc is not installed")
    quantiles = pyam.IamDataFrame(export(batch, "iamc", tmp_path / "a.csv"))
    members = pyam.IamDataFrame(export(batch, "iamc", tmp_path / "b.csv", members=True))
    row = quantiles.filter(
        scenario="retreat",
        region="Kazakhstan",
        variable="Influence|Soft Power|Russia|50th Percentile",
    )
    assert row.data["value"].to_numpy() == pytest.approx(np.median(stored, axis=1), abs=2e-5)
    assert row.data["year"].tolist() == list(range(2000, 2031)) and row.unit == ["dimensionless"]
    assert quantiles.scenario == ["baseline", "history", "retreat", "short"]
    one = members.filter(
        scenario="retreat", region="Kazakhstan", variable="Influence|Soft Power|Russia", member=3
    )
    assert one.data["value"].to_numpy() == pytest.approx(stored[:, 3], abs=2e-5)


def test_the_iamc_layout_has_its_columns_in_order(batch, tmp_path):
    table = pd.read_csv(
        export(batch, "iamc", tmp_path / "a.csv", scenarios=["retreat"], powers=["autonomy"])
    )
    assert list(table.columns[:6]) == ["model", "scenario", "region", "variable", "unit", "2000"]
    assert "Influence|Security|Autonomy|5th Percentile" in set(table["variable"])


def test_iamc_takes_the_ends_of_years_from_quarters(tmp_path):
    batch = make_batch(
        tmp_path / "out", ("baseline",), members=2, block=2, frequency="quarter", last=15
    )
    table = pd.read_csv(export(batch, "iamc", tmp_path / "a.csv"))
    assert [name for name in table.columns if name.isdigit()] == ["2000", "2001", "2002", "2003"]


def test_filters(batch, tmp_path):
    table = pd.read_csv(
        export(
            batch,
            "csv",
            tmp_path / "a.csv",
            scenarios=["retreat"],
            republics=["kaz"],
            channels=["soft"],
            powers=["RUS"],
        )
    )
    assert len(table) == 31 * 5 and only(table).equals(table)


def test_a_part_does_not_replace_the_whole(tmp_path):
    out = make_batch(tmp_path / "batch", members=2, block=2)
    whole, part = export(out, "csv"), export(out, "csv", republics=["kaz"], powers=["RUS"])
    assert [path.name for path in (whole, part)] == [
        *("shares-csv.csv", "shares-csv--kazakhstan-russia.csv")
    ]
    assert whole.stat().st_size > part.stat().st_size


def test_an_unfinished_batch_gives_what_is_there_and_says_so(tmp_path):
    out = make_batch(tmp_path / "half", done=1)
    found = CliRunner().invoke(command, [str(out), "--to", "csv", "--members", "--json"])
    assert found.exit_code == 0 and json.loads(found.stdout)["unfinished"]
    assert pd.read_csv(out / "shares-csv-members.csv")["member"].max() == 5
    assert (
        "written from what is there"
        in CliRunner().invoke(command, [str(out), "--to", "iamc"]).stderr
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scenarios": ["retrete"]}, "did you mean 'retreat'"),
        ({"republics": ["Usbekistan"]}, "did you mean 'Uzbekistan'"),
        ({"powers": ["Chin"]}, "did you mean 'China'"),
    ],
)
def test_unknown_names(batch, tmp_path, options, said):
    with pytest.raises(RequestError, match=said):
        export(batch, "csv", tmp_path / "a.csv", **options)
    assert not list(tmp_path.iterdir())


def test_nothing_to_write_and_nowhere_to_write_it(batch, tmp_path):
    with pytest.raises(RequestError, match="nothing to write"):
        export(make_batch(tmp_path / "none", done=0), "csv", tmp_path / "a.csv")
    with pytest.raises(RequestError, match="holds no batch"):
        export(tmp_path, "csv", tmp_path / "a.csv")
    for form in ("csv", "parquet", "netcdf", "iamc"):
        with pytest.raises(RequestError, match="cannot be written"):
            export(batch, form, tmp_path / "no such folder" / "a")


@pytest.mark.parametrize(("form", "package"), [("parquet", "pyarrow"), ("netcdf", "h5netcdf")])
def test_a_missing_package_is_named_with_its_extra(batch, tmp_path, monkeypatch, form, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        RequestError, match=rf"{package}; install it with: .* -m pip install 'steppe\[export\]'"
    ):
        export(batch, form, tmp_path / "a")


def test_a_seed_of_any_size_is_written_to_netcdf(tmp_path):
    import xarray as xr

    out = make_batch(tmp_path / "out", ("baseline",))
    for seed, written in ((7, 7), (2**64, str(2**64))):
        path = out / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        manifest["request"]["seed"] = seed
        path.write_text(json.dumps(manifest), encoding="utf-8")
        with xr.open_dataset(export(out, "netcdf", tmp_path / "a.nc"), engine="h5netcdf") as found:
            assert found.attrs["seed"] == written
