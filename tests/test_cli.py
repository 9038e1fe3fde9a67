"""The command as a user types it: what it prints, how it ends, what it leaves behind."""

import json
import subprocess
import sys

import pytest
from command import steppe
from speed import STEPPE, least, of_command


def installed(*words):
    """Run the installed command in a process of its own."""
    return subprocess.run([STEPPE, *map(str, words)], capture_output=True, text=True, check=False)


def refused(result, *pieces):
    """The request was refused in a line or two that say all of `pieces`, without a traceback."""
    assert result.returncode == 2, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert 1 <= len(result.stderr.strip().splitlines()) <= 4, result.stderr
    for piece in pieces:
        assert piece in result.stderr, result.stderr


def scenario(folder, body):
    path = folder / "mine.yaml"
    path.write_text(f"title: Mine\nextends: baseline\n{body}", encoding="utf-8")
    return path


def event(effect, when="2025"):
    return (
        f"events:\n  it:\n    when: {when}\n    what: It happens\n    effects:\n      - {effect}\n"
    )


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """A small batch with figures, and what the command said."""
    out = tmp_path_factory.mktemp("batch") / "out"
    result = installed(
        "run", "baseline", "russian-retreat", "--members", 64, "--jobs", 1, "--out", out
    )
    assert result.returncode == 0, result.stderr
    return out, result


def test_a_run_leaves_data_summary_and_figures_and_says_where(batch):
    out, result = batch
    for name in ("manifest.json", "results.zarr", "summary.csv"):
        assert (out / name).exists()
    assert {"trajectories-russian-retreat.png", "region-baseline.png", "difference.png"} <= {
        path.name for path in (out / "figures").iterdir()
    }
    assert str(out / "summary.csv") in result.stdout and "seed" in result.stdout
    findings = [line for line in result.stdout.splitlines() if line.startswith("- ")]
    assert len(findings) == 3 and all("90%" in line and "members" in line for line in findings)


def test_nothing_on_standard_error_where_it_is_no_terminal(batch):
    assert batch[1].stderr == ""


def test_the_summary_is_tidy_and_its_shares_make_a_whole(batch):
    import pandas as pd

    frame = pd.read_csv(batch[0] / "summary.csv")
    assert list(frame.columns) == [
        "scenario",
        "time",
        "republic",
        "channel",
        "holder",
        "quantile",
        "value",
        "unit",
        "quantity",
    ]
    assert frame["value"].between(0, 1).all()
    assert (frame.groupby("quantity")["unit"].nunique() == 1).all()
    wide = frame.fillna({"channel": "none"}).pivot(
        index=["scenario", "time", "republic", "channel", "holder"],
        columns="quantile",
        values="value",
    )
    assert (wide.diff(axis=1).iloc[:, 1:] >= 0).all().all()


def test_members_on_disk_are_the_model_s_own(batch):
    import numpy as np
    import xarray as xr

    from steppe.experiments.runs.parameter_source import load_parameter_source
    from steppe.model.model import InfluenceModel

    stored = xr.open_zarr(batch[0] / "results.zarr", consolidated=False)["shares"].sel(
        scenario="russian-retreat", member=7
    )
    chosen = load_parameter_source()
    model = InfluenceModel(
        "russian-retreat",
        members=np.array([7]),
        seed=1,
        inputs=chosen.inputs,
        parameters_from=chosen.posterior,
    )
    for _ in model.run():
        pass
    last = stored.isel(time=-1).transpose("holder", "republic", "channel").values
    assert last[:-1] == pytest.approx(model.share[..., 0], abs=1e-5)
    assert last[-1] == pytest.approx(model.autonomy[..., 0], abs=1e-5)


def test_the_same_command_again_does_nothing_twice(batch):
    before = (batch[0] / "manifest.json").read_text()
    again = steppe(
        "run",
        "baseline",
        "russian-retreat",
        "--members",
        64,
        "--jobs",
        1,
        "--out",
        batch[0],
        "--no-figures",
    )
    assert again.returncode == 0
    assert (
        json.loads(before)["blocks"]
        == json.loads((batch[0] / "manifest.json").read_text())["blocks"]
    )


def test_another_request_on_the_same_folder_is_refused_with_what_differs(batch):
    refused(
        steppe("run", "baseline", "--members", 32, "--out", batch[0]),
        "members: 64 stored, 32 requested",
        "--replace",
    )


HEAVY = (
    "matplotlib",
    "mesa",
    "numpy",
    "pandas",
    "pydantic",
    "scipy",
    "steppe.model.model",
    "steppe.model.scenario",
    "xarray",
    "yaml",
    "zarr",
)
IMPORTED = f"""
import sys
from contextlib import suppress
sys.argv = ["steppe", "--help"]
from steppe.experiments.cli.app import main
with suppress(SystemExit):
    main()
print("imported:", *(name for name in {HEAVY} if name in sys.modules))
"""


def test_help_comes_within_half_a_second():
    assert least(lambda: of_command("--help"), 0.5) <= 0.5


def test_help_imports_neither_model_nor_plots():
    said = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    ).stdout
    assert "Commands" in said and said.splitlines()[-1] == "imported:"


def test_every_verb_has_help_with_an_example():
    from steppe.experiments.cli.app import VERBS

    for verb in VERBS:
        result = steppe(verb, "--help")
        assert result.returncode == 0, result.stderr
        assert f"steppe {verb}" in result.stdout, verb


@pytest.mark.parametrize(
    ("body", "pieces"),
    [
        (
            event("{shock: effort, power: Chnia, republic: all, channel: security, intensity: 1}"),
            ["mine.yaml:8:", "'Chnia'", "did you mean 'China'?"],
        ),
        (
            event(
                "{shock: effort, power: China, republic: Kazakstan, "
                "channel: security, intensity: 1}"
            ),
            ["mine.yaml:8:", "did you mean 'Kazakhstan'?"],
        ),
        (
            event("{shock: effort, power: China, republic: all, channel: securty, intensity: 1}"),
            ["mine.yaml:8:", "did you mean 'security'?"],
        ),
        ("parameters:\n  tehta: 0.5\n", ["mine.yaml:4:3", "did you mean 'theta'?"]),
        (
            "events:\n  it:\n    wen: 2025\n    what: It happens\n"
            "    effects: [{budget: Russia, scale: 2}]\n",
            ["mine.yaml:5:5", "'wen'", "did you mean 'when'?"],
        ),
        ("parameters:\n  theta: much\n", ["mine.yaml:4:10", "much"]),
        ("parameters:\n  theta: .inf\n", ["mine.yaml:4:10"]),
        ("parameters:\n  theta: 7\n", ["mine.yaml:4:10", "0.2", "0.9"]),
        (event("{budget: Russia, scale: 0.5}", when="1999"), ["mine.yaml:5:", "1999Q1", "before"]),
        (event("{budget: Russia, scale: 0.5}", when="2024Q5"), ["mine.yaml:5:", "2024Q5"]),
        ("extends: basline\n", ["mine.yaml"]),
    ],
)
def test_a_mistake_in_a_file_is_shown_where_it_is_before_anything_runs(tmp_path, body, pieces):
    path = scenario(tmp_path, body)
    refused(steppe("run", path, "--out", tmp_path / "out", "--members", 2), *pieces)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("", "empty"),
        ("title: [unclosed\n", "not YAML"),
        ("- a\n- list\n", "mapping"),
        ("\x00\x01", "not YAML"),
    ],
)
def test_a_file_that_is_no_scenario(tmp_path, text, piece):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    refused(steppe("run", path, "--out", tmp_path / "out"), "mine.yaml", piece)


def test_a_missing_file_a_folder_and_an_unknown_name(tmp_path):
    refused(steppe("run", tmp_path / "absent.yaml"), "no such file")
    (tmp_path / "folder.yaml").mkdir()
    refused(steppe("run", tmp_path / "folder.yaml"), "is a folder")
    refused(steppe("run", "baselin"), "unknown scenario 'baselin'", "baseline")
    refused(steppe("rnu"), "did you mean 'run'?")


def test_an_output_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused(
        steppe("run", "baseline", "--members", 2, "--out", tmp_path / "file" / "out"),
        "cannot be written",
        "--out",
    )
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.parametrize(
    "words",
    [
        ("--members", "0"),
        ("--members", "many"),
        ("--seed", "-1"),
        ("--frequency", "day"),
        ("--set", "depth"),
        ("--set", "depht=0.5"),
    ],
)
def test_an_option_that_makes_no_sense(tmp_path, words):
    refused(steppe("run", "russian-retreat", *words, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_lever_changes_the_result(tmp_path):
    for depth in (0.1, 0.9):
        result = steppe(
            "run",
            "baseline",
            "russian-retreat",
            "--members",
            16,
            "--set",
            f"depth={depth}",
            "--no-figures",
            "--jobs",
            1,
            "--out",
            tmp_path / str(depth),
            "--json",
        )
        assert result.returncode == 0, result.stderr
    import xarray as xr

    def russia(depth):
        shares = xr.open_zarr(tmp_path / str(depth) / "results.zarr", consolidated=False)["shares"]
        return shares.sel(scenario="russian-retreat", holder="Russia").isel(time=-1).values

    assert (russia(0.9) < russia(0.1)).mean() > 0.95


def test_the_parameter_table_lists_all_31():
    rows = json.loads(steppe("parameters", "--json").stdout)
    assert len(rows) == 31 and all(row["meaning"] and row["prior"] and row["unit"] for row in rows)


def test_check_lists_every_mistake_of_every_file(tmp_path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(
        "title: First\nextends: baseline\nparameters: {tehta: 1, alhpa: 2}\n", encoding="utf-8"
    )
    second.write_text("title: Second\nextends: baseline\nevnets: {}\n", encoding="utf-8")
    result = steppe("check", first, second)
    assert result.returncode == 2
    assert len([line for line in result.stderr.splitlines() if ".yaml:" in line]) == 3, (
        result.stderr
    )
