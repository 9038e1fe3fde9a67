"""Run the notebooks, and store what they print and draw.

`python -m steppe.experiments.generated.notebooks [NAME]...` does so.
Cells run in this process, as Jupyter would run them, so that no kernel is needed.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import sys
import tempfile
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "experiments" / "notebooks"
DOTS_PER_INCH = 55  # pictures of some twenty kilobytes

Notebook = dict[str, Any]
Output = dict[str, Any]


def read_notebook(path: Path) -> Notebook:
    """The notebook in a file."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def write_notebook(path: Path, notebook: Notebook) -> None:
    """Write a notebook as Jupyter does."""
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def run_notebook(notebook: Notebook) -> Notebook:
    """The notebook with the outputs of its cells, run in order in an empty folder."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    plt.close("all")  # what was drawn before is none of the notebook's
    names: dict[str, Any] = {"__name__": "__main__"}
    cells, count = [], 0
    with (
        tempfile.TemporaryDirectory() as folder,
        chdir(folder),
        mpl.rc_context({"backend": "Agg"}),
    ):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                count += 1
                outputs = run_cell("".join(cell["source"]), names, count)
                cell = {**cell, "execution_count": count, "outputs": outputs}
            cells.append(cell)
    return {**notebook, "cells": cells}


def run_cell(source: str, names: dict[str, Any], count: int) -> list[Output]:
    """What a cell prints, gives and draws."""
    body = ast.parse(source).body
    last = body[-1] if body else None
    if isinstance(last, ast.Expr):
        body.pop()
    printed, value = io.StringIO(), None
    with redirect_stdout(printed):
        exec(compile(ast.Module(body, []), "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    outputs: list[Output] = []
    if printed.getvalue():
        text = printed.getvalue().splitlines(keepends=True)
        outputs.append({"output_type": "stream", "name": "stdout", "text": text})
    if value is not None and not source.rstrip().endswith(";"):
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        outputs.append(
            {
                "output_type": "execute_result",
                "execution_count": count,
                "metadata": {},
                "data": data,
            }
        )
    return outputs + _take_figures()


def _take_figures() -> list[Output]:
    from matplotlib import pyplot as plt

    outputs: list[Output] = []
    for number in plt.get_fignums():
        stream = io.BytesIO()
        plt.figure(number).savefig(stream, dpi=DOTS_PER_INCH, metadata={"Software": None})
        picture = base64.b64encode(stream.getvalue()).decode()
        outputs.append(
            {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture}}
        )
    plt.close("all")
    return outputs


def main(arguments: list[str] | None = None) -> None:
    """Run every notebook, or those named, and store their outputs."""
    wanted = sys.argv[1:] if arguments is None else arguments
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not wanted or path.stem in wanted:
            write_notebook(path, run_notebook(read_notebook(path)))
            print(f"written {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
