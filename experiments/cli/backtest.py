"""`steppe backtest`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steppe.model.core.optional_packages import require_packages

from . import options
from .analysis_options import print_report

if TYPE_CHECKING:
    from steppe.model.evidence.choice import EvidenceChoice

PACKAGES = ("scipy", "statsmodels")  # of the extra `backtest`


@dataclass(frozen=True)
class Options:
    """The options of `steppe backtest`."""

    evidence: EvidenceChoice
    origins: tuple[int, ...]
    scenario: str | None
    out: Path | None
    particles: int | None
    seed: int
    jobs: int | None
    quick: bool
    replace: bool
    as_json: bool


@click.command("backtest", cls=options.Verb)
@options.evidence_choice
@click.option(
    "--origin",
    "origins",
    type=options.WholeNumber(2000, 2040),
    multiple=True,
    help="Last year that a forecast knows; may be given several times.  "
    "[default: the four years before the last of the series; with --scenario, the last of history]",
)
@click.option(
    "--scenario",
    default=None,
    metavar="SCENARIO",
    help="Compare this scenario, a shipped one or a file, with the years after the origin.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder of the backtest.  [default: results/answers/backtest, or backtest-2, ...]",
)
@click.option(
    "--particles",
    type=options.WholeNumber(64),
    default=None,
    help="Number of particles of each fit.  [default: 2048, with --quick 512]",
)
@options.seed
@options.jobs
@options.quick
@click.option("--replace", is_flag=True, help="Delete another analysis in the same folder first.")
@options.as_json
@options.collect_options(Options)
def command(chosen: Options) -> None:
    """Score forecasts against what statistics later counted.

    From each origin, the last year that a forecast knows, the documents and the series up to then
    forecast the years after, beside persistence, damped drifts, Holt's method and the documents
    alone. The series are the shipped ones, trade of 2000 to 2009, unless --evidence names others.
    The same command on the same folder resumes. Needs steppe[backtest].

    \b
    Examples:
      steppe backtest --quick
      steppe backtest --evidence my-series --origin 2012
      steppe backtest --scenario after-2022 --evidence my-later-series
    """
    require_packages("backtest", *PACKAGES)
    from steppe.experiments.analysis.backtest.session import (
        FULL_PARTICLES,
        QUICK_PARTICLES,
        Request,
        run_backtest,
    )
    from steppe.experiments.analysis.session import AnalysisOptions

    shared = AnalysisOptions(
        chosen.out,
        chosen.seed,
        chosen.jobs,
        "posterior",
        chosen.evidence.claims,
        chosen.replace,
        options.command_line(),
    )
    request = Request(
        chosen.evidence.series,
        chosen.evidence.claims,
        chosen.origins,
        chosen.scenario,
        chosen.particles or (QUICK_PARTICLES if chosen.quick else FULL_PARTICLES),
        chosen.quick,
    )
    print_report(run_backtest(shared, request), chosen.seed, chosen.as_json)
