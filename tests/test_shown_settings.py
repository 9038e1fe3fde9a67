"""What was run is what is shown: levers and parameters set beside a file, in titles and names."""

import numpy as np
import pytest
from command import steppe

import steppe as package
from steppe.experiments.runs.rebuild_request import rebuild_request
from steppe.experiments.storage.manifest import load_manifest

RUN = ("run", "baseline", "russian-retreat", "--set", "depth=0.3", "--members", 6, "--jobs", 1)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("settings")
    ended = steppe(*RUN, "--out", "b", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return folder, ended.stdout


def test_titles_and_the_manifest_have_what_was_set(batch):
    request = load_manifest(batch[0] / "b").request
    assert request["titles"] == {
        "baseline": "Baseline",
        "russian-retreat": "Russian retreat, depth 0.3",
    }
    assert request["settings"] == {"russian-retreat": {"depth": 0.3}}
    again = rebuild_request(load_manifest(batch[0] / "b"), batch[0] / "b").as_record()
    assert again["settings"] == request["settings"] and again["titles"] == request["titles"]


def test_sentences_and_names_of_files_have_it(batch):
    folder, printed = batch
    assert "- russian-retreat[depth=0.3] minus baseline, 2040, " in printed
    text = steppe("compare", "b", "russian-retreat", cwd=folder).stdout
    assert text.startswith("russian-retreat[depth=0.3] minus baseline, 2040")
    assert "- russian-retreat[depth=0.3] minus baseline, 2040, Kazakhstan" in text
    assert "trade" in text and "- russian-retreat minus" not in text
    drawn = {path.name for path in (folder / "b" / "figures").glob("*.png")}
    assert "trajectories-russian-retreat-depth-0.3.png" in drawn
    assert "trajectories-baseline.png" in drawn


def test_counts_name_it_as_well(tmp_path):
    ended = steppe(*RUN, "--store", "summary", "--no-figures", cwd=tmp_path)
    assert "- russian-retreat[depth=0.3], 2040, mean of the republics" in ended.stdout


def test_parameters_from_python_are_in_titles():
    given = {"rho": 3, "theta": np.linspace(0.4, 0.6, 4)}
    results = package.run("russian-retreat", members=4, parameters=given, jobs=1)
    assert "Russian retreat, rho 3, theta 0.4 to 0.6" in results.attrs["title"]
    assert package.compare(
        package.run(["baseline", "russian-retreat"], members=4, levers={"depth": 0.9}, jobs=1),
        "russian-retreat",
    ).shown == {"russian-retreat": "russian-retreat[depth=0.9]"}


def test_arrays_are_shown_by_their_range_in_names_files_and_the_manifest(tmp_path):
    given = {"theta": [0.4, 0.6, 0.5], "rho": [3, 3, 3]}
    package.run(
        ["baseline", "russian-retreat"], members=3, parameters=given, jobs=1, out=tmp_path / "b"
    )
    manifest = load_manifest(tmp_path / "b")
    shown = {"theta": [0.4, 0.6], "rho": 3.0}
    assert manifest.request["settings"]["russian-retreat"] == shown
    assert manifest.request["titles"]["baseline"] == "Baseline, theta 0.4 to 0.6, rho 3"
    assert "'theta': '3 values, 0.4 to 0.6'" in manifest.about["command"]
    again = rebuild_request(manifest, tmp_path / "b").as_record()
    assert again["settings"] == manifest.request["settings"]
    text = steppe("compare", "b", "russian-retreat", cwd=tmp_path).stdout
    assert text.startswith(
        "russian-retreat[theta=0.4..0.6,rho=3] minus baseline[theta=0.4..0.6,rho=3], 2040"
    )
    assert steppe("plot", "b", "--figure", "trajectories", cwd=tmp_path).returncode == 0
    drawn = {path.name for path in (tmp_path / "b" / "figures").glob("*.png")}
    assert "trajectories-russian-retreat-theta-0.4..0.6-rho-3.png" in drawn
