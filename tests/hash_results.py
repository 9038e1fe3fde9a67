"""Print hashes of the numbers that the main commands give, to compare two states of the code.

    python tests/hash_results.py [--members 300] > before.txt

Runs every shipped scenario, `compare`, `explain`, `report` and `export` in a temporary folder.
Arrays and tables are hashed whole; of texts only the numbers are, so that wording may change.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

STEPPE = Path(sys.executable).with_name("steppe")
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
CELLS = (
    "Russia Kazakhstan security",
    "China Uzbekistan economic",
    "United States Tajikistan soft power",
    "Russia China",
    "theta",
)


def call(*words: str, folder: Path) -> str:
    """The standard output of a command that must succeed."""
    ended = subprocess.run([STEPPE, *words], cwd=folder, capture_output=True, text=True)
    if ended.returncode:
        raise SystemExit(f"steppe {' '.join(words)}: {ended.stderr}")
    return ended.stdout


def digest(data: bytes | str) -> str:
    return sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:16]


def numbers_in(value: object) -> list:
    """Every number of a JSON value, in order, those inside texts included."""
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers_in(item)]
    if isinstance(value, list):
        return [number for item in value for number in numbers_in(item)]
    if isinstance(value, str):
        return NUMBER.findall(value)
    return [] if value is None or isinstance(value, bool) else [repr(value)]


def numeric_digest(text: str) -> str:
    """A hash of the numbers alone, sorted, so that a sentence may put them in another order."""
    return digest("\n".join(sorted(NUMBER.findall(text))))


def hashes(folder: Path, members: int) -> dict[str, str]:
    import xarray as xr

    found = {}
    call(
        "run", "--members", str(members), "--out", "batch", "--no-figures", "--quiet", folder=folder
    )
    batch = xr.open_zarr(folder / "batch/results.zarr", consolidated=False)
    for name in ("shares", "parameters"):
        found[f"run {name}"] = digest(batch[name].values.tobytes())
    manifest = json.loads((folder / "batch/manifest.json").read_text(encoding="utf-8"))
    found["run blocks"] = digest(
        json.dumps({key: block["hash"] for key, block in sorted(manifest["blocks"].items())})
    )
    found["run request"] = digest(json.dumps(manifest["request"], sort_keys=True))
    found["run summary"] = digest((folder / "batch/summary.csv").read_bytes())
    for scenario in ("russian-retreat", "china-russia-split"):
        words = (
            "compare",
            "batch",
            scenario,
            "--events",
            "--members",
            "64",
            "--csv",
            f"{scenario}.csv",
            "--json",
        )
        found[f"compare {scenario}"] = digest(
            "\n".join(numbers_in(json.loads(call(*words, folder=folder))))
        )
        found[f"compare {scenario} table"] = digest((folder / f"{scenario}.csv").read_bytes())
    for cell in CELLS:
        found[f"explain {cell}"] = numeric_digest(
            call(
                "explain",
                *cell.split(" ")
                if " States " not in cell
                else ("United States", "Tajikistan", "soft power"),
                "--json",
                folder=folder,
            )
        )
    call("report", "batch", "--file", "report.html", folder=folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    data = json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1]
    )
    found["report series"] = digest(
        json.dumps(
            [
                value
                for key, value in sorted(data.items())
                if key in ("quantiles", "shares", "paired", "series")
            ]
        )
    )
    found["report numbers"] = digest(
        "\n".join(
            sorted(
                map(str, numbers_in({key: value for key, value in data.items() if key != "about"}))
            )
        )
    )
    for form in ("csv", "iamc"):
        call("export", "batch", "--to", form, "--file", f"export.{form}", folder=folder)
        found[f"export {form}"] = digest((folder / f"export.{form}").read_bytes())
    call(
        "export",
        "batch",
        "--to",
        "netcdf",
        "--members",
        "--scenario",
        "baseline",
        "--file",
        "export.nc",
        folder=folder,
    )
    with xr.open_dataset(folder / "export.nc", engine="h5netcdf") as exported:
        for name in sorted(exported.data_vars):
            found[f"export netcdf {name}"] = digest(exported[name].values.tobytes())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--members", type=int, default=300)
    with tempfile.TemporaryDirectory() as folder:
        for name, value in hashes(Path(folder), parser.parse_args().members).items():
            print(f"{value}  {name}")


if __name__ == "__main__":
    main()
