"""A sensitivity analysis from the options of the command to its folder."""

from __future__ import annotations

from steppe.experiments.analysis.ensembles.input_uncertainty import load_codings
from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.analysis.folder import AnalysisFolder
from steppe.experiments.analysis.session import (
    AnalysisOptions,
    AnalysisReport,
    open_checkpoints,
    open_folder,
)
from steppe.experiments.figures.style import use_theme
from steppe.model.core.optional_packages import require_packages
from steppe.model.scenario.load import load_scenario

from . import analysis, findings
from .analysis import SensitivityRequest, SensitivityResult
from .figures import sensitivity_figures


def run_sensitivity(
    options: AnalysisOptions,
    scenario: str,
    output: str,
    method: str,
    trajectories: int,
    samples: int,
    members: int,
) -> AnalysisReport:
    """Analyse what an output of a scenario depends on, and write tables, figures and page."""
    require_packages("analysis", "SALib")
    loaded = load_scenario(scenario)
    expression = read_expression(output, [loaded])
    analysis.check_expression(expression)
    source = options.load_parameter_source()
    request = SensitivityRequest(
        loaded,
        expression,
        source,
        options.seed,
        load_codings(source.folder),
        trajectories,
        samples,
        members,
    )
    recorded = {
        "output": output,
        "method": method,
        "trajectories": trajectories,
        "samples": samples,
        "members": members,
    }
    with open_folder(options, "sensitivity", [loaded], source, recorded) as folder:
        tasks = analysis.count_tasks(request, method)
        with open_checkpoints(folder, options, tasks) as checkpoints:
            result = analysis.analyse(request, checkpoints, method)
        sentences = _write(result, request, folder)
        return AnalysisReport(folder, sentences, checkpoints.reused)


def _write(
    result: SensitivityResult, request: SensitivityRequest, folder: AnalysisFolder
) -> list[str]:
    rows, switches = findings.index_rows(result, request), findings.switch_rows(result, request)
    folder.table("indices.csv", rows)
    folder.table("switches.csv", switches)
    folder.table("correlations.csv", findings.correlation_rows(result))
    with use_theme():
        for name, figure in sensitivity_figures(result, request, switches).items():
            folder.figure(name, figure)
    sentences = findings.summary_sentences(result, request, switches)
    title = f"What matters for {request.expression.text}"
    folder.finish(title, sentences, findings.short_rows(rows), findings.LIMITS)
    return sentences
