"""From the options of a command to an answer on disk and in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.analysis.folder import (
    AnalysisFolder,
    default_folder,
    identity_of,
    request_record,
)
from steppe.experiments.errors import RequestError
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.experiments.runs.parameter_source import ParameterSource, load_parameter_source
from steppe.experiments.runs.progress import Counter
from steppe.experiments.runs.requested_scenarios import require_guards
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import Scenario, load_scenario

from .analysis_options import AnalysisOptions

RECORDED_VERBS = {
    "robustness": "robust"
}  # requests keep a verb's first name, so that answers are found again


def loaded(word: str, **keys: Any) -> Scenario:
    """A scenario by name or file, or RequestError with its mistakes."""
    try:
        return load_scenario(word, **keys)
    except DiagnosticsError as found:
        raise RequestError("\n".join(map(str, found.diagnostics))) from None


def opened(
    asked: AnalysisOptions,
    verb: str,
    scenarios: Sequence[Scenario],
    weights: ParameterSource,
    **options: Any,
) -> AnalysisFolder:
    """The folder of an answer: the one given, or one among the answers of `results`."""
    if weights.posterior is not None:
        require_guards(scenarios, weights, asked.seed, weights.posterior.size)
    request = request_record(
        RECORDED_VERBS.get(verb, verb), scenarios, weights, asked.seed, **options
    )
    place = asked.out or default_folder(verb, identity_of(request))
    return AnalysisFolder(place, verb, request, asked.command, asked.replace)


def told(asked: AnalysisOptions, folder: AnalysisFolder, said: Sequence[str], reused: int) -> None:
    """The answer on standard output; that it was gone on with, on standard error."""
    if reused:
        click.echo(f"went on from {reused} pieces of work that were there", err=True)
    if asked.as_json:
        click.echo(
            json.dumps(
                {
                    "out": str(folder.path),
                    "seed": asked.seed,
                    "files": sorted(folder.written),
                    "findings": list(said),
                },
                indent=2,
            )
        )
        return
    click.echo(
        f"answer   {folder.path} ({', '.join(name for name in folder.written if not name.endswith('.svg'))})"
    )
    if folder.batch is not None:
        click.echo(f"report   steppe report {folder.batch} shows it with the batch")
    for sentence in said:
        click.echo(f"- {sentence}")


def answer_sensitivity(
    asked: AnalysisOptions,
    word: str,
    text: str,
    method: str,
    trajectories: int,
    samples: int,
    members: int,
) -> None:
    """`steppe sensitivity`."""
    from steppe.experiments.analysis.ensembles.input_uncertainty import load_codings
    from steppe.experiments.analysis.sensitivity import analysis as sensitivity
    from steppe.experiments.analysis.sensitivity.figures import sensitivity_figures
    from steppe.experiments.figures.style import use_theme

    scenario = loaded(word)
    expression = read_expression(text, [scenario])
    sensitivity.check_expression(expression)
    weights = load_parameter_source(asked.weights, asked.evidence_folder)
    request = sensitivity.SensitivityRequest(
        scenario,
        expression,
        weights,
        asked.seed,
        load_codings(weights.folder),
        trajectories,
        samples,
        members,
    )
    options = {
        "output": text,
        "method": method,
        "trajectories": trajectories,
        "samples": samples,
        "members": members,
    }
    with opened(asked, "sensitivity", [scenario], weights, **options) as folder:
        with (
            Counter(_sensitivity_pieces(request, method), "pieces") as counter,
            Checkpoints(
                folder.checkpoint_folder, asked.processes(), counter.advance
            ) as checkpoints,
        ):
            found = sensitivity.analyse(request, checkpoints, method)
        rows = sensitivity.index_rows(found, request)
        folder.table("indices.csv", rows)
        folder.table("switches.csv", [{**row, "unit": _unit(expression)} for row in found.switches])
        folder.table("correlations.csv", sensitivity.correlation_rows(found))
        with use_theme():
            for name, figure in sensitivity_figures(found, request).items():
                folder.figure(name, figure)
        said = sensitivity.summary_sentences(found, request)
        said.append(
            f"{found.inside} of {found.samples} samples have a narrower range of lambda_ or rho, so that no guard is broken"
        )
        said.append(
            f"coded inputs vary between two codings of {request.codings.twice} of {request.codings.claims} claims; the other claims were coded once"
        )
        folder.finish(f"What matters for {text}", said, _short(rows), SENSITIVITY_TRUST)
        told(asked, folder, said, checkpoints.reused)


SENSITIVITY_TRUST = (
    "Indices are of the model without process noise. Sobol indices take factors to be independent, so correlations of the posterior are left out; how much that "
    "matters for the spread of the output is said above. Coded inputs vary only between two codings, which understates what other readers would disagree on. "
    "A factor that matters here matters in this model."
)


def _short(rows: Sequence[dict]) -> list[dict]:
    kept = ("factor", "index", "value", "low", "high", "converged")
    wanted = [row for row in rows if row["index"] in ("mu_star", "ST")]
    return [
        {key: row[key] for key in kept}
        for row in sorted(wanted, key=lambda row: (row["index"], -row["value"]))[:20]
    ]


def _unit(expression) -> str:
    return "true or false" if expression.is_condition else "as the output"


def _sensitivity_pieces(request, method: str) -> int:
    from steppe.experiments.analysis.ensembles.simulate import CHUNK_SIZE
    from steppe.experiments.analysis.sensitivity.analysis import SOBOL_FACTORS, SWITCHES

    screened = request.trajectories * (len(request.factor_space().factors) + 1)
    shared = request.size * (SOBOL_FACTORS + 2) if method == "both" else 0
    return sum(
        -(-size // CHUNK_SIZE) for size in (screened, shared, request.size, request.size)
    ) + len(SWITCHES)


def answer_tipping(
    asked: AnalysisOptions,
    word: str,
    lever: str,
    low: float | None,
    high: float | None,
    text: str,
    members: int,
) -> None:
    """`steppe tipping`."""
    from steppe.experiments.analysis.tipping import analysis as tipping
    from steppe.experiments.analysis.tipping.figures import tipping_page
    from steppe.experiments.figures.style import use_theme

    scenario = loaded(word)
    lever = tipping.resolve_lever(scenario, lever)
    low_end, high_end = tipping.search_range(scenario, lever, low, high)
    expression = read_expression(text, [scenario])
    tipping.check_expression(expression)
    weights = load_parameter_source(asked.weights, asked.evidence_folder)
    request = tipping.TippingRequest(
        scenario, expression, weights, asked.seed, word, lever, low_end, high_end, members
    )
    options = {"lever": lever, "from": low_end, "to": high_end, "until": text, "members": members}
    with opened(asked, "tipping", [scenario], weights, **options) as folder:
        with (
            Counter(2 * (tipping.GRID_POINTS + tipping.STEPS), "pieces") as counter,
            Checkpoints(
                folder.checkpoint_folder, asked.processes(), counter.advance
            ) as checkpoints,
        ):
            found = tipping.analyse(request, checkpoints)
        rows = tipping.response_rows(found, request)
        folder.table("response.csv", rows)
        start, end = tipping.threshold_interval(found.draws)
        folder.table(
            "threshold.csv",
            [
                {
                    "lever": lever,
                    "threshold": value,
                    "becomes": "true" if begins else "false",
                    "low": start if place == 0 else "",
                    "high": end if place == 0 else "",
                    "unit": f"units of {lever}",
                }
                for place, (value, begins) in enumerate(found.crossings)
            ],
        )
        with use_theme():
            folder.figure("response", tipping_page(found, request))
        said = tipping.summary_sentences(found, request, {"from": low, "to": high})
        folder.finish(f"How much {lever} it takes until {text}", said, rows, TIPPING_TRUST)
        told(asked, folder, said, checkpoints.reused)


TIPPING_TRUST = (
    "The interval holds for these members: it says how much the choice of members matters, not how far the model may be wrong. "
    "A probability over members is one over the weights, not a forecast."
)


def answer_discover(
    asked: AnalysisOptions,
    words: Sequence[str],
    text: str,
    futures: int,
    boxes: int,
    density: float,
) -> None:
    """`steppe discover`."""
    from steppe.experiments.analysis.discovery import analysis as discovery
    from steppe.experiments.analysis.discovery.design import DiscoveryRequest, estimate_task_count
    from steppe.experiments.analysis.discovery.prim import RESAMPLES

    scenarios = [loaded(word) for word in dict.fromkeys(words)]
    expression = read_expression(text, scenarios)
    discovery.check_expression(expression)
    weights = load_parameter_source(asked.weights, asked.evidence_folder)
    options = {"outcome": text, "futures": futures, "boxes": boxes, "density": density}
    each = futures // len(scenarios)
    questions = [
        DiscoveryRequest(scenario, expression, weights, asked.seed, word, each, boxes, density)
        for scenario, word in zip(scenarios, dict.fromkeys(words), strict=True)
    ]
    with opened(asked, "discover", scenarios, weights, **options) as folder:
        limits, describe_box, leaves, said = [], [], [], []
        total = sum(
            estimate_task_count(request) for request in questions
        ) + boxes * RESAMPLES * len(questions)
        with (
            Counter(total, "pieces") as counter,
            Checkpoints(
                folder.checkpoint_folder, asked.processes(), counter.advance
            ) as checkpoints,
        ):
            for request in questions:
                found = discovery.analyse(request, checkpoints)
                rows = _written_boxes(request, found, folder)
                limits += discovery.limit_rows(found, request)
                describe_box += rows
                leaves += discovery.leaf_rows(found, request)
                said += discovery.summary_sentences(found, request, rows)
        folder.table("limits.csv", limits)
        folder.table("boxes.csv", describe_box)
        folder.table("tree.csv", leaves)
        kept = (
            "scenario",
            "box",
            "limits",
            "density",
            "coverage",
            "density_kept_back",
            "promised",
            "given",
            "file",
        )
        folder.finish(
            f"Under which conditions {text} comes about",
            said,
            [{key: row[key] for key in kept} for row in describe_box],
            DISCOVERY_TRUST,
        )
        told(asked, folder, said, checkpoints.reused)


def _written_boxes(request, found, folder: AnalysisFolder) -> list[dict]:
    """Scenario files and pair plots of the boxes of one scenario, its tree, and what is to be said of each box."""
    from steppe.experiments.analysis.discovery import analysis as discovery
    from steppe.experiments.analysis.discovery import box_files
    from steppe.experiments.analysis.discovery.figures import pairs_page
    from steppe.experiments.analysis.discovery.tree_figure import tree_page
    from steppe.experiments.figures.style import use_theme

    checks = []
    for number, box in enumerate(found.boxes, start=1):
        checks.append(
            box_files.write_box(number, box, found.holdout, request, folder.path / "boxes")
        )
        folder.written.append(checks[-1]["file"])
        with use_theme():
            folder.figure(
                f"{request.scenario.name}-box-{number}", pairs_page(found, number, request)
            )
    with use_theme():
        folder.figure(f"{request.scenario.name}-tree", tree_page(found, request))
    return discovery.box_rows(found, request, checks)


DISCOVERY_TRUST = (
    "Futures are spread evenly over what is uncertain, so a density is no probability: it says where the outcome is common among futures that the model can tell, "
    "not how likely those futures are. Limits that halves of the futures do not find again are not to be relied on."
)


def answer_robust(
    asked: AnalysisOptions,
    words: Sequence[str],
    text: str,
    republic: str | None,
    year: int,
    members: int,
) -> None:
    """`steppe robustness`."""
    from steppe.experiments.analysis.robustness import analysis as robustness
    from steppe.experiments.analysis.robustness.figures import moves_page
    from steppe.experiments.figures.style import use_theme

    words = tuple(dict.fromkeys(words)) or tuple(
        name for name in shipped_names() if name != HISTORY
    )
    scenarios = tuple(loaded(word) for word in words)
    expression = read_expression(text, list(scenarios))
    robustness.check_expression(text, expression, scenarios, year)
    republic = robustness.resolve_republic(expression, scenarios, republic)
    weights = load_parameter_source(asked.weights, asked.evidence_folder)
    request = robustness.RobustnessRequest(
        scenarios, words, republic, year, expression, weights, asked.seed, members
    )
    options = {"outcome": text, "republic": republic, "year": year, "members": members}
    with opened(asked, "robustness", scenarios, weights, **options) as folder:
        with (
            Counter(len(scenarios) * MOVES_AT_MOST, "pieces") as counter,
            Checkpoints(
                folder.checkpoint_folder, asked.processes(), counter.advance
            ) as checkpoints,
        ):
            found = robustness.analyse(request, checkpoints, folder.path / "moves")
        rows = robustness.move_rows(found, request)
        folder.table("moves.csv", rows)
        folder.table("by_scenario.csv", robustness.scenario_rows(found, request))
        with use_theme():
            folder.figure("moves", moves_page(rows, request))
        said = robustness.summary_sentences(rows, request)
        kept = (
            "move",
            "worst_tenth",
            "gain",
            "gain_low",
            "gain_high",
            "mean",
            "regret_90",
            "best_in",
            "open_in",
        )
        folder.finish(
            f"What {republic} can do for {text}",
            said,
            [{key: row[key] for key in kept} for row in rows],
            ROBUST_TRUST,
        )
        told(asked, folder, said, checkpoints.reused)


ROBUST_TRUST = (
    "Moves cost nothing in the model, nobody answers them beyond its rules, and all scenarios count alike. Read the order of moves, not their size; "
    "a move that gains autonomy here may lose what autonomy is for."
)
MOVES_AT_MOST = 20  # for showing how far it has come
HISTORY = "history"
