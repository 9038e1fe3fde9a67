"""A search for a tipping point from the options of the command to its folder."""

from __future__ import annotations

from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.analysis.session import (
    AnalysisOptions,
    AnalysisReport,
    open_checkpoints,
    open_folder,
)
from steppe.experiments.figures.style import use_theme
from steppe.model.scenario.load import load_scenario

from . import analysis, findings
from .figures import tipping_page


def run_tipping(
    options: AnalysisOptions,
    scenario: str,
    lever: str,
    low: float | None,
    high: float | None,
    condition: str,
    members: int,
) -> AnalysisReport:
    """Find the value of a lever from which a condition holds; write tables, figure and page."""
    loaded = load_scenario(scenario)
    lever = analysis.resolve_lever(loaded, lever)
    least, most = analysis.search_range(loaded, lever, low, high)
    expression = read_expression(condition, [loaded])
    analysis.check_expression(expression)
    source = options.load_parameter_source()
    request = analysis.TippingRequest(
        loaded, expression, source, options.seed, scenario, lever, least, most, members
    )
    recorded = {
        "lever": lever,
        "from": least,
        "to": most,
        "until": condition,
        "members": members,
    }
    with open_folder(options, "tipping", [loaded], source, recorded) as folder:
        with open_checkpoints(folder, options, analysis.count_tasks()) as checkpoints:
            result = analysis.analyse(request, checkpoints)
        rows = findings.response_rows(result, request)
        folder.table("response.csv", rows)
        folder.table("threshold.csv", findings.threshold_rows(result, request))
        with use_theme():
            folder.figure("response", tipping_page(result, request, rows))
        sentences = findings.summary_sentences(result, request, low, high)
        folder.finish(f"Value of {lever} from which {condition}", sentences, rows, findings.LIMITS)
        return AnalysisReport(folder, sentences, checkpoints.reused)
