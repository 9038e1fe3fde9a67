"""`steppe.compare`: two scenarios compared member by member, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.arguments import check_choice, check_whole
from steppe.model.core.calendar import last_quarter
from steppe.model.core.errors import RequestError

from .comparison import Comparison, as_json, as_text
from .comparison import compare as compare_batch
from .comparison_table import as_rows

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .contributions import EventContributions


class ScenarioComparison(Comparison):
    """A comparison that prints as sentences, and gives its rows as a table."""

    def __str__(self) -> str:
        return as_text(self)

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """The comparison as `steppe compare --json` has it."""
        return as_json(self)

    def to_dataframe(self) -> pd.DataFrame:
        """A row for each difference, and for each gain from a loss; shares from 0 to 1."""
        import pandas as pd

        return pd.DataFrame(as_rows(self))


def compare(
    results: str | Path | xr.Dataset,
    scenario: str,
    against: str | None = None,
    *,
    republics: Sequence[str] = (),
    channels: Sequence[str] = (),
    powers: Sequence[str] = (),
    year: int | None = None,
    top: int = 10,
    events: str | None = None,
    members: int = 256,
    parameters_from: str | None = None,
    evidence: str | Path | None = None,
) -> ScenarioComparison:
    """Compare two scenarios member by member, as `steppe compare` does.

    Parameters
    ----------
    results : the folder of a batch, or a dataset from `steppe.run` or `steppe.open_results`.
    scenario, against : names of two of its scenarios; by default it is compared with the baseline,
        or with the same cast without its own events if it adds powers or republics.
    republics, channels, powers : only these; names, codes or aliases.
    year : compare at the end of this year; by default the last that both reach.
    top : keep so many differences, and so many losses.
    events : `alone` for what each event contributes, by running `scenario` again without it, or
        `shapley` for contributions that add up; `results` must then be a folder.
    members : to run again for `events`.
    parameters_from, evidence : for `events`, by default those of the batch.

    Returns
    -------
    The comparison: `print` shows it as sentences, `to_dataframe` gives a tidy table, `to_dict`
    the same as plain data.
    `differences` are paired, of shares from 0 to 1, the most certain first.

    Raises
    ------
    RequestError
        If a name is unknown (with the nearest), there is nothing to compare, or the scenarios,
        the evidence or the parameters are no longer those of the batch.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run(["baseline", "russian-retreat"], members=20)
    >>> found = steppe.compare(results, "russian-retreat", republics=["Kazakhstan"])
    >>> found.differences[0].holder
    'Russia'
    """
    if not isinstance(top, int) or top < 1:
        raise RequestError(f"top is {top!r}; give a whole number, 1 or more")
    texts = {"republics": republics, "channels": channels, "powers": powers}
    listed = {kind: [names] if isinstance(names, str) else names for kind, names in texts.items()}
    found = compare_batch(
        results,
        scenario,
        against,
        **listed,
        year=year,
        top=top,
    )
    if events is not None:
        if not isinstance(results, (str, Path)):
            raise RequestError("events are run again from a folder; give the folder of the batch")
        check_choice("events", events, ("alone", "shapley"))
        contributions = _rerun_events(
            Path(results),
            found,
            members=check_whole("members", members, 1),
            parameters_from=parameters_from,
            evidence=None if evidence is None else Path(evidence),
            shapley=events == "shapley",
        )
        found = replace(found, contributions=contributions)
    return ScenarioComparison(**vars(found))


def _rerun_events(
    out: Path,
    found: Comparison,
    *,
    members: int,
    parameters_from: str | None,
    evidence: Path | None,
    shapley: bool,
) -> EventContributions:
    """Run the scenario again to compute the contributions of its events."""
    from .attribution import check_reproduces, event_contributions, prepare_rerun

    rerun = prepare_rerun(
        out,
        found.scenario,
        found.against,
        last_quarter(found.year),
        members=members,
        parameters_from=parameters_from,
        evidence_folder=evidence,
    )
    check_reproduces(rerun, open_batch(out))
    return event_contributions(rerun, found.differences, shapley=shapley)
