"""Nothing depends on the folder, the variables and the streams that a command starts with."""

import ast
import io
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import batches
import command
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from steppe.experiments.figures.style import use_theme
from steppe.experiments.runs import dask_cluster, workers
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.experiments.runs.executors import run_blocks
from steppe.experiments.storage.manifest import load_manifest
from steppe.model.backends import choice, kernel_cache
from steppe.model.core.errors import IncompleteRunError, RequestError

TOP = Path(__file__).parents[1]
RUN = ("run", "baseline", "russian-retreat", "--members", "20", "--quiet", "--out", "out")


def start(words, folder, redirect="", **variables):
    """Run a command in a process of its own, in a folder, as a shell would."""
    return subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {redirect}', sys.executable, "-m", "steppe", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables,
        capture_output=True,
        text=True,
    )


def written(folder):
    """The hashes of a batch's blocks, and its figures byte by byte."""
    blocks = {key: row["hash"] for key, row in load_manifest(folder / "out").blocks.items()}
    pictures = sorted((folder / "out" / "figures").iterdir())
    return blocks, {path.name: path.read_bytes() for path in pictures}


def test_a_batch_and_its_figures_depend_on_no_surroundings(tmp_path):
    plain, strange = tmp_path / "plain", tmp_path / "strange"
    plain.mkdir()
    assert command.steppe(*RUN, "--jobs", "1", cwd=plain).returncode == 0
    (strange / "steppe" / "model").mkdir(parents=True)
    for name in ("mesa", "numpy", "yaml", "random", "signal", "click", "steppe/model/model"):
        (strange / f"{name}.py").write_text("open('was-imported', 'a').close()\nraise OSError")
    (strange / "matplotlibrc").write_text("text.usetex: True\nfont.size: 20\nsavefig.bbox: tight\n")
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    done = start(
        (*RUN, "--jobs", "2"),
        strange,
        "2>&- <&-",
        TMPDIR=str(deep),
        MPLBACKEND="nothing",
        PYTHONHASHSEED="7",
        PYTHONIOENCODING="ascii",
        PYTHONWARNINGS="error",
        NUMBA_DISABLE_JIT="1",
        OMP_NUM_THREADS="3",
        LC_ALL="tr_TR.ISO-8859-9",
    )
    assert done.returncode == 0, done.stdout
    assert not (strange / "was-imported").exists()
    assert written(strange) == written(plain)


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_a_wrong_request_ends_with_2_whatever_streams_are_closed(tmp_path, closed):
    done = start(("list", "--nonsense"), tmp_path, closed)
    assert done.returncode == 2 and "Traceback" not in done.stdout + done.stderr
    assert ("--nonsense" in done.stderr) == ("2>" not in closed)


def test_settings_of_matplotlib_do_not_reach_figures():
    def picture():
        with use_theme():
            figure = Figure(figsize=(2, 1))
            FigureCanvasAgg(figure)
            figure.subplots().plot([0, 1], label="a line")
            figure.axes[0].set_title("title")
            figure.axes[0].legend()
            stream = io.BytesIO()
            figure.savefig(stream)
            return stream.getvalue()

    before = picture()
    settings = {"text.usetex": True, "axes.titleweight": "bold", "savefig.bbox": "tight"}
    with mpl.rc_context({**settings, "lines.linestyle": ":", "legend.fancybox": False}):
        assert picture() == before
        assert mpl.rcParams["text.usetex"]


def test_the_error_that_ended_a_worker_is_passed_on(monkeypatch):
    module = types.ModuleType("known_only_here")
    exec("def simulate(block): return block", module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    blocks = batches.request().blocks(Path("nowhere"))
    with pytest.raises(IncompleteRunError) as raised:
        list(run_blocks(module.simulate, blocks, 2))
    assert "No module named 'known_only_here'" in str(raised.value)
    assert "--jobs 1" in str(raised.value) and "memory" not in str(raised.value)


def test_the_questions_pass_it_on_as_well(tmp_path, monkeypatch):
    module = types.ModuleType("known_only_here")
    exec("def simulate(task): return {}", module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with (
        Checkpoints(tmp_path, jobs=2) as checkpoints,
        pytest.raises(IncompleteRunError, match=r"No module named 'known_only_here'.*resumes"),
    ):
        checkpoints.run(module.simulate, [1, 2], ["one", "two"])


def test_a_worker_that_imports_another_package_gets_no_work(monkeypatch):
    wanted = {**workers._origins(), "steppe": "/elsewhere/steppe/__init__.py"}
    monkeypatch.setattr(workers, "_origins", lambda: wanted)
    with (
        pytest.raises(IncompleteRunError, match="not from /elsewhere/steppe"),
        workers.WorkerPool(1) as pool,
    ):
        pool.submit(os.getpid).result()


def test_what_a_worker_says_is_said_and_a_worker_that_is_killed_says_nothing(capsys):
    pool = workers.WorkerPool(1)
    pool.submit(os.write, 2, b"careful\n").result()
    with pytest.raises(IncompleteRunError, match="lack of memory"), pool:
        pool.submit(os.abort).result()
    assert capsys.readouterr().err == "careful\n"


def test_processes_that_cannot_start_are_named(monkeypatch):
    def refuse(*given, **named):
        raise OSError(38, "no semaphores")

    monkeypatch.setattr(workers.ProcessPoolExecutor, "__init__", refuse)
    with pytest.raises(RequestError, match=r"cannot start .*no semaphores.*--jobs 1"):
        workers.WorkerPool(2)


def test_a_cluster_compares_the_code_of_the_model(tmp_path, monkeypatch):
    wanted = dask_cluster.identity()
    monkeypatch.setattr(dask_cluster, "MODEL", tmp_path)
    (tmp_path / "equations.py").write_text("EFFORT_FLOOR = 0.06\n")
    found = dask_cluster.identity.__wrapped__()
    assert dask_cluster.describe_mismatch(found, wanted).startswith("code ")


class _Backend:
    begun = expected = 0.0
    backend = None


def test_processes_of_the_questions_know_how_much_is_to_come(tmp_path, monkeypatch):
    monkeypatch.setattr(choice, "_Process", _Backend)
    monkeypatch.delitem(sys.modules, choice.KERNELS, raising=False)
    monkeypatch.setattr(choice, "kernels_are_compiled", lambda: True)
    each, used = choice.REPAYS_LOADING / 10, []

    def simulate(task):
        used.append(choice.choose_backend(each).name)
        return {"task": np.array(task)}

    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.run(simulate, list(range(10)), [str(task) for task in range(10)])
    assert used == ["numpy"] + 9 * ["compiled"]


COMPUTE = """
import numpy as np
from steppe.model.backends.kernel_cache import kernels_are_compiled
before = kernels_are_compiled()
from steppe.model.backends import kernels
one = np.ones(1)
print(before, kernels.excess(np.zeros((1, 1)), one, one, one)[0, 0])
"""


def test_an_edited_constant_has_effect_whatever_the_time_of_its_file(tmp_path):
    for part in ("model", "experiments/package/steppe"):
        ignore = shutil.ignore_patterns("__pycache__", "*.md")
        shutil.copytree(TOP / part, tmp_path / part, ignore=ignore)
    (tmp_path / "pyproject.toml").touch()
    kernels = tmp_path / "model" / "backends" / "kernels.py"

    def compute():
        environment = {
            name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"
        } | {"PYTHONPATH": str(tmp_path / "experiments/package"), "PYTHONDONTWRITEBYTECODE": "1"}
        script = [sys.executable, "-c", COMPUTE]
        return subprocess.check_output(script, env=environment, cwd=tmp_path, text=True).strip()

    assert [compute(), compute()] == ["False 0.0", "True 0.0"]
    times, text = kernels.stat(), kernels.read_text()
    kernels.write_text(text.replace("= 0.0 if beyond", "= 0.5 if beyond"))
    os.utime(kernels, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert kernels.stat().st_size == times.st_size
    assert compute() == "False 0.5"


def test_all_that_kernels_import_is_in_the_name_of_their_cache():
    for name in (name for name in kernel_cache.SOURCES if name != "equations.py"):
        for node in ast.walk(ast.parse((kernel_cache.MODEL / name).read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("steppe.model."):
                path = f"{node.module.removeprefix('steppe.model.').replace('.', '/')}.py"
                assert path in kernel_cache.SOURCES
