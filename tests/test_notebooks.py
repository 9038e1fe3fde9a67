"""The notebooks run, print what they store, and stay small."""

import pytest

from steppe.experiments.generated.notebooks import FOLDER, read_notebook, run_notebook

NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
SMALL = 150_000  # bytes


def texts(notebook):
    """What the cells print and give, without pictures."""
    return [
        [
            output.get("text") or output["data"]["text/plain"]
            for output in cell["outputs"]
            if "text" in output or "text/plain" in output["data"]
        ]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def pictures(notebook):
    return [
        output["data"]["image/png"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]


def test_there_are_three():
    assert NOTEBOOKS == ["first_future", "patient_china", "question_over_an_ensemble"]
    assert (
        sum(cell["cell_type"] == "code" for cell in read_notebook(path_of("first_future"))["cells"])
        <= 10
    )


def path_of(name):
    return FOLDER / f"{name}.ipynb"


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # the EMA workbench
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_and_gives_what_it_stores(name):
    stored = read_notebook(path_of(name))
    found = run_notebook(stored)
    assert texts(found) == texts(stored), "run `python -m steppe.experiments.generated.notebooks`"
    assert len(pictures(found)) == len(pictures(stored)) >= 1


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_small_and_as_jupyter_writes_it(name):
    notebook = read_notebook(path_of(name))
    assert path_of(name).stat().st_size < SMALL
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
