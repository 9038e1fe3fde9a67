"""The figures of `steppe plot` on axes of one's own: `steppe.plot.region(results, ax=ax)`.

Every function takes the results and gives back the axes that it drew on. Results are the folder of
a batch, or a dataset from `steppe.run` or `steppe.open_results`, of which scenarios, republics and
channels may have been selected. `scenario`, `republic`, `channel` and `power` choose one name or
several. `ax` is one Axes for a single panel, or an array of them in the shape that the function
names; without it a new figure is made. `write_figures` and `write_comparison` write whole pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steppe.experiments.results.given_results import take_results
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.manifest import load_manifest
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.observables.declarations import OBSERVABLES

from .axes_given import given_axes, new_axes
from .comparison import write_comparison as write_comparison
from .draw_chosen import draw_chosen
from .draw_request import resolve_draw_request
from .files import several
from .files import write_figures as write_figures
from .style import use_theme

if TYPE_CHECKING:
    import xarray as xr

    Results = str | Path | xr.Dataset
Names = str | Sequence[str]


def __dir__() -> list[str]:
    """The functions described here, and none of what they use."""
    own = [name for name, what in globals().items() if getattr(what, "__module__", "") == __name__]
    return sorted([*own, "write_comparison", "write_figures"])


def trajectories(
    results: Results,
    *,
    ax: Any = None,
    scenario: str | None = None,
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """Every share of a scenario over time: median, 50% and 90% bands; axes (republics, channels).

    Parameters
    ----------
    results, ax, scenario, republic, channel, power : see the module. The vertical axis is a share,
        from 0 to 1.

    Raises
    ------
    RequestError
        If a name is unknown, there is nothing to draw, or `ax` has another number of axes.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import steppe
    >>> results = steppe.run("russian-retreat", members=20)
    >>> _, ax = plt.subplots()
    >>> ax = steppe.plot.trajectories(results, ax=ax, republic="Kazakhstan", channel="security")
    >>> ax.get_ylabel()
    'Kazakhstan'
    """
    return draw_chosen("trajectories", results, ax, scenario, republic, channel, power)


def republic(
    results: Results,
    *,
    ax: Any = None,
    scenario: str | None = None,
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """One republic over time; axes (channels,). Parameters and errors as for `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run("baseline", members=9)
    >>> axes = steppe.plot.republic(results, republic="Kazakhstan")
    >>> axes.shape
    (3,)
    """
    return draw_chosen("republic", results, ax, scenario, republic, channel, power)


def region(
    results: Results,
    *,
    ax: Any = None,
    scenario: str | None = None,
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """The mean of the republics over time; axes (channels,). The rest as for `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run("baseline", members=9)
    >>> axes = steppe.plot.region(results)
    >>> axes.shape
    (3,)
    """
    return draw_chosen("region", results, ax, scenario, republic, channel, power)


def leads(
    results: Results,
    *,
    ax: Any = None,
    scenario: str | None = None,
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """The probability that each power leads; axes (republics, channels). As `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run("baseline", members=9)
    >>> axes = steppe.plot.leads(results)
    >>> axes.shape
    (5, 3)
    """
    return draw_chosen("leads", results, ax, scenario, republic, channel, power)


def heatmap(
    results: Results,
    *,
    ax: Any = None,
    scenario: str | None = None,
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """Median shares at the end of the run; axes (holders,). The rest as for `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run("baseline", members=9)
    >>> axes = steppe.plot.heatmap(results)
    >>> axes.shape
    (5,)
    """
    return draw_chosen("heatmap", results, ax, scenario, republic, channel, power)


def ranks(
    results: Results,
    *,
    ax: Any = None,
    scenario: str | None = None,
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """How the powers' ranks change; axes (republics, channels). The rest as for `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run("baseline", members=9)
    >>> axes = steppe.plot.ranks(results)
    >>> axes.shape
    (5, 3)
    """
    return draw_chosen("ranks", results, ax, scenario, republic, channel, power)


def map(
    results: Results,
    *,
    ax: Any = None,
    scenario: str | None = None,
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """A map of median shares at the end; axes (holders, channels). The rest as `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run("baseline", members=9)
    >>> axes = steppe.plot.map(results)
    >>> axes.shape
    (5, 3)
    """
    return draw_chosen("map", results, ax, scenario, republic, channel, power)


def difference(
    results: Results,
    *,
    ax: Any = None,
    scenario: Names = (),
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """Each scenario minus the baseline, member by member; axes (scenarios compared, channels).

    `scenario` may name several. The rest as for `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run(["baseline", "russian-retreat"], members=9)
    >>> axes = steppe.plot.difference(results)
    >>> axes.shape
    (1, 3)
    """
    return draw_chosen("difference", results, ax, scenario, republic, channel, power)


def forest(
    results: Results,
    *,
    ax: Any = None,
    scenario: Names = (),
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """Shares at the end in all scenarios, mean of the republics; axes (channels, holders).

    `scenario` may name several; one `republic` is drawn in place of the mean. The rest as for
    `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run(["baseline", "russian-retreat"], members=9)
    >>> axes = steppe.plot.forest(results)
    >>> axes.shape
    (3, 5)
    """
    return draw_chosen("forest", results, ax, scenario, republic, channel, power)


def response(
    results: Results,
    *,
    ax: Any = None,
    scenario: Names = (),
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """Shares at the end against each lever that a file varies; axes (levers, channels).

    The scenarios of a family, which a file with `vary` gives. The rest as for `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> depths = [f"russian-retreat[depth={depth}]" for depth in (0.2, 0.5, 0.8)]
    >>> axes = steppe.plot.response(steppe.run(depths, members=9))
    >>> axes.shape
    (1, 3)
    """
    return draw_chosen("response", results, ax, scenario, republic, channel, power)


def overlay(
    results: Results,
    *,
    ax: Any = None,
    scenario: Names = (),
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """Scenarios in one panel, and below it their paired difference; axes (2, channels).

    `scenario` names two to four, or one that is laid over what it extends. The rest as for
    `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run(["baseline", "russian-retreat"], members=9)
    >>> axes = steppe.plot.overlay(results, scenario=["baseline", "russian-retreat"])
    >>> axes.shape
    (2, 3)
    """
    return draw_chosen("overlay", results, ax, scenario, republic, channel, power)


def observable(
    results: Results,
    name: str = "trade",
    *,
    ax: Any = None,
    scenario: str | None = None,
    republic: Names = (),
    power: Names = (),
) -> Any:
    """What statistics count, beside influence in its channel; two axes, of one republic.

    Parameters
    ----------
    name : of the observable. The rest as for `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run("baseline", members=9)
    >>> axes = steppe.plot.observable(results, "trade", republic="Kazakhstan")
    >>> [ax.get_title() for ax in axes]
    ['influence, economic', 'trade']
    """
    if name not in OBSERVABLES:
        raise UnknownNameError("observable", name, list(OBSERVABLES))
    return draw_chosen(name, results, ax, scenario, republic, (), power)


def coverage(
    results: Results,
    *,
    ax: Any = None,
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
) -> Any:
    """Which needs, ties and interests rest on evidence; axes (2, powers + 1).

    Parameters
    ----------
    results : of which the inputs are shown. A folder also has what scenarios say of actors that
        they add. The rest as for `trajectories`.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run("baseline", members=9)
    >>> axes = steppe.plot.coverage(results, power=["China", "Russia"])
    >>> axes.shape
    (2, 3)
    """
    from .coverage import draw_coverage, shown_inputs

    dataset = take_results(results)
    request = resolve_draw_request(
        dataset,
        figures=["coverage"],
        republics=several(republic),
        channels=several(channel),
        powers=several(power),
    )
    statistics = request.select_holders(compute_statistics(request.narrow(dataset), ()))
    folder = Path(results) if isinstance(results, (str, Path)) else None
    cells = shown_inputs(statistics, load_manifest(folder) if folder else None)
    shape = (2, cells.sizes["power"])  # the first of which are needs
    with use_theme() if ax is None else nullcontext():
        axes = new_axes(shape) if ax is None else given_axes("coverage", ax, shape)
        draw_coverage(cells, axes)
    return axes if ax is None else ax
