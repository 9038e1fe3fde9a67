"""A comparison of moves from the options of the command to its folder."""

from __future__ import annotations

from collections.abc import Sequence

from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.analysis.session import (
    AnalysisOptions,
    AnalysisReport,
    open_checkpoints,
    open_folder,
)
from steppe.experiments.figures.style import use_theme
from steppe.experiments.runs.requested_scenarios import require_names
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import load_scenario

from . import analysis, findings
from .figures import moves_page
from .moves import RobustnessRequest

HISTORY = "history"


def run_robustness(
    options: AnalysisOptions,
    scenarios: Sequence[str],
    outcome: str,
    republic: str | None,
    year: int,
    members: int,
) -> AnalysisReport:
    """Compare the moves of a republic over scenarios; write tables, scenario files and figure.

    Without scenarios, all shipped ones except history.
    """
    names = tuple(dict.fromkeys(scenarios)) or tuple(
        name for name in shipped_names() if name != HISTORY
    )
    loaded = tuple(require_names([load_scenario(name) for name in names]))
    expression = read_expression(outcome, list(loaded))
    analysis.check_expression(outcome, expression, loaded, year)
    republic = analysis.resolve_republic(expression, loaded, republic)
    source = options.load_parameter_source()
    request = RobustnessRequest(
        loaded, names, republic, year, expression, source, options.seed, members
    )
    recorded = {"outcome": outcome, "republic": republic, "year": year, "members": members}
    with open_folder(options, "robustness", loaded, source, recorded) as folder:
        tasks = len(loaded) * analysis.MAX_MOVES
        with open_checkpoints(folder, options, tasks) as checkpoints:
            result = analysis.analyse(request, checkpoints, folder.path / "moves")
        rows = findings.move_rows(result, request)
        folder.table("moves.csv", rows)
        folder.table("by_scenario.csv", findings.scenario_rows(result, request))
        with use_theme():
            folder.figure("moves", moves_page(rows, request))
        sentences = findings.summary_sentences(rows, request)
        title = f"What {republic} can do for {outcome}"
        folder.finish(title, sentences, findings.short_rows(rows), findings.LIMITS)
        return AnalysisReport(folder, sentences, checkpoints.reused)
