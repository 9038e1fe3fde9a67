"""What a run imports, and when: the first block does not wait for what only figures need."""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from steppe.experiments.runs.workers import worker_context
from steppe.experiments.storage import histograms
from steppe.experiments.storage import zarr_store as store
from steppe.experiments.storage.coordinates import LABELS
from steppe.model.core.cast import default_cast

FORKS = pytest.mark.skipif(
    worker_context().get_start_method() != "forkserver",
    reason="nothing is preloaded where workers start from nothing",
)
STOPPED_BEFORE_THE_FIRST_BLOCK = """
import sys
from steppe.experiments.runs import executors
def stop(*given):
    print(*sorted(sys.modules))
    sys.exit(0)
executors.WorkerPool = stop
sys.argv = ["steppe", "run", "baseline", "russian-retreat", "--members", "2000", "--jobs", "2",
            "--out", sys.argv[1]]
from steppe.experiments.cli.app import main
main()
"""


def test_what_hands_out_blocks_has_imported_nothing_for_tables_and_figures(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", STOPPED_BEFORE_THE_FIRST_BLOCK, tmp_path / "out"],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stdout.split())
    assert {"steppe", "numpy", "zarr"} <= imported and (tmp_path / "out" / "results.zarr").is_dir()
    assert not {"mesa", "pandas", "scipy", "xarray", "matplotlib", "dask"} & imported
    series = {f"steppe.model.evidence.series_{name}" for name in ("schema", "checks", "table")}
    assert "steppe.model.evidence.series" in imported and not series & imported


def loaded(names):
    """Which of the modules this process has in full."""
    return [name for name in names if name in sys.modules]


@FORKS
def test_workers_begin_with_all_that_a_block_needs():
    names = ["steppe.model.model", "steppe.experiments.runs.block", "mesa", "zarr"]
    with ProcessPoolExecutor(1, mp_context=worker_context()) as pool:
        assert pool.submit(loaded, names).result() == names


@pytest.mark.parametrize("keep", ["members", "summary"])
def test_coordinates_are_as_xarray_writes_them(tmp_path, keep):
    import xarray as xr  # not above: workers import this file

    layout = store.Layout(
        ("one", "another"),
        7,
        4,
        store.recorded_quarters(159, "quarter"),
        default_cast(),
        ("theta", "rho"),
    )
    if keep == "members":
        store.create_results(tmp_path / "ours", layout)
    else:
        histograms.create_counts(tmp_path / "ours", layout, 2)
    ours = xr.open_zarr(tmp_path / "ours", consolidated=False)
    names = {**layout.coordinates}
    if keep == "members":
        names |= {
            "member": np.arange(7),
            "parameter": np.array(["theta", "rho"], dtype=np.dtypes.StringDType()),
        }
    else:
        names |= {
            "power": names["holder"][:-1],
            "rank": np.arange(1, 5),
            "bin": (np.arange(histograms.BINS) + 0.5) * histograms.WIDTH,
        }
    xr.Dataset(coords=names).to_zarr(tmp_path / "xarray", consolidated=False, zarr_format=3)
    theirs = xr.open_zarr(tmp_path / "xarray", consolidated=False)
    assert set(ours.coords) == set(theirs.coords) == set(names)
    for name in names:
        xr.testing.assert_equal(ours[name].variable, theirs[name].variable)
        assert ours[name].attrs == LABELS[name]
        assert ours[name].dtype == theirs[name].dtype
