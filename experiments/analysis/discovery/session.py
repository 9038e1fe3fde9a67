"""A search for the conditions of an outcome from the options of the command to its folder."""

from __future__ import annotations

from collections.abc import Sequence

from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.analysis.folder import AnalysisFolder, Row
from steppe.experiments.analysis.session import (
    AnalysisOptions,
    AnalysisReport,
    open_checkpoints,
    open_folder,
)
from steppe.experiments.figures.style import use_theme
from steppe.experiments.runs.requested_scenarios import require_names
from steppe.model.core.optional_packages import require_packages
from steppe.model.scenario.load import load_scenario

from . import analysis, findings
from .analysis import DiscoveryResult
from .box_files import write_box
from .design import DiscoveryRequest
from .figures import pairs_page
from .tree_figure import tree_page


def run_discovery(
    options: AnalysisOptions,
    scenarios: Sequence[str],
    outcome: str,
    futures: int,
    boxes: int,
    density: float,
) -> AnalysisReport:
    """Find conditions of an outcome in each scenario; write tables, scenario files and figures.

    The futures are divided between the scenarios.
    """
    require_packages("analysis", "SALib", "ema_workbench", "sklearn", "pandas")
    names = list(dict.fromkeys(scenarios))
    loaded = require_names([load_scenario(name) for name in names])
    expression = read_expression(outcome, loaded)
    analysis.check_expression(expression)
    source = options.load_parameter_source()
    sizes = (futures // len(loaded), boxes, density)
    requests = [
        DiscoveryRequest(scenario, expression, source, options.seed, name, *sizes)
        for scenario, name in zip(loaded, names, strict=True)
    ]
    recorded = {"outcome": outcome, "futures": futures, "boxes": boxes, "density": density}
    with open_folder(options, "discover", loaded, source, recorded) as folder:
        limits: list[Row] = []
        described: list[Row] = []
        leaves: list[Row] = []
        sentences: list[str] = []
        tasks = sum(analysis.count_tasks(request) for request in requests)
        with open_checkpoints(folder, options, tasks) as checkpoints:
            for request in requests:
                result = analysis.analyse(request, checkpoints)
                rows = findings.box_rows(result, request, _write_boxes(result, request, folder))
                limits += findings.limit_rows(result, request)
                described += rows
                leaves += findings.leaf_rows(result, request)
                sentences += findings.summary_sentences(result, request, rows)
        folder.table("limits.csv", limits)
        folder.table("boxes.csv", described)
        folder.table("tree.csv", leaves)
        title, short = f"Conditions for {outcome}", findings.short_rows(described)
        folder.finish(title, sentences, short, findings.LIMITS)
        return AnalysisReport(folder, sentences, checkpoints.reused)


def _write_boxes(
    result: DiscoveryResult, request: DiscoveryRequest, folder: AnalysisFolder
) -> list[Row]:
    """Write scenario files and figures of the boxes and the tree; return checks of the files."""
    checks, name = [], request.scenario.name
    with use_theme():
        for number, box in enumerate(result.boxes, start=1):
            check = write_box(number, box, result.holdout, request, folder.path / "boxes")
            checks.append(check)
            folder.written.append(check["file"])
            folder.figure(f"{name}-box-{number}", pairs_page(result, number, request))
        folder.figure(f"{name}-tree", tree_page(result, request))
    return checks
