"""Run the quick tests with other Pythons and other packages: `make test-pythons`.

`make test-pythons JOBS=lowest` runs one job. Each has an environment in build/versions/.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parent.parent
JOBS = {"lowest": "3.11", "constrained": "3.12", "newest": "3.13"}
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))


def find_python(version: str) -> Path | None:
    """Return the command of a Python such as 3.12, from the path or pyenv; None if absent."""
    places = [shutil.which(f"python{version}"), *PYENV.glob(f"versions/{version}.*/bin/python")]
    for place in filter(None, places):
        # pyenv puts a command on the path for every Python, also for those it does not start
        said = subprocess.run([place, "-V"], capture_output=True, text=True, check=False).stdout
        if said.startswith(f"Python {version}."):
            return Path(place)
    return None


def lowest_versions() -> list[str]:
    """Return a constraint, such as numpy==2.0, for each lower bound in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = chain(project["dependencies"], *project["optional-dependencies"].values())
    bounds = (re.match(r"([\w-]+)>=([\d.]+)[^;]*(;.*)?", line) for line in wanted)
    return [f"{bound[1]}=={bound[2]}{bound[3] or ''}" for bound in bounds if bound]


def constraints_of(job: str, folder: Path) -> list[str]:
    """Return the arguments of pip that hold the versions of a job; none for the newest."""
    if job == "newest":
        return []
    if job == "constrained":
        return ["--constraint", str(ROOT / "constraints.txt")]
    path = folder / "lowest.txt"
    path.write_text("\n".join(lowest_versions()) + "\n", encoding="utf-8")
    return ["--constraint", str(path)]


def run_job(job: str) -> bool:
    """Install the packages of a job and run the quick tests with them; say whether they pass."""
    python, folder = find_python(JOBS[job]), ROOT / "build" / "versions" / job
    print(f"{job}: Python {JOBS[job]} {'' if python else 'is not installed'}", flush=True)
    if python is None:
        return False
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, *constraints_of(job, folder), "--editable", ".[test]"], check=True)
    # What old packages say of their newer neighbours, and the newest of what is to come.
    ignored = ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning")
    pytest = [folder / "bin" / "python", "-m", "pytest", "-m", "not slow"]
    if job == "lowest":
        pytest += [f"-Wignore::{name}" for name in ignored]
    own = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}  # pint keeps paths of environments
    return subprocess.run(pytest, check=False, env=own).returncode == 0


if __name__ == "__main__":
    os.chdir(ROOT)
    failed = [job for job in sys.argv[1:] or JOBS if not run_job(job)]
    sys.exit(f"not passed: {', '.join(failed)}" if failed else 0)
