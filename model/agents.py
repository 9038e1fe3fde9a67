"""The agents. Each holds a whole ensemble: arrays whose last axis is the member.

To change a behaviour, subclass and override one method:

    class PatientChina(Power):
        def effort_rate(self):
            return 0.5 * super().effort_rate()

    InfluenceModel(scenario, powers={"China": PatientChina})

A method may return an array of any shape that broadcasts to the one documented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from steppe.model.core.aligned_arrays import aligned
from steppe.model.core.arguments import check_mapping
from steppe.model.core.errors import RequestError
from steppe.model.core.mesa_import import mesa
from steppe.model.core.suggestions import suggest

from . import equations

if TYPE_CHECKING:
    from steppe.model.backends.numpy_backend import NumpyBackend
    from steppe.model.core.array_types import FloatArray
    from steppe.model.forcing.forcing import Forcing
    from steppe.model.parameters.ensemble import Parameters

EFFORT_HALF_LIFE = 2.0  # quarters
EFFORT_RATE = float(equations.adjustment_rate(EFFORT_HALF_LIFE))


class ModelState(Protocol):
    """What an agent reads of its model.

    share, share_a_year_ago, effort, log_ratio : (p, r, c, m). ln_means : (p, m).
    channel_weight : (c,). cells : number of (republic, channel) pairs.
    """

    backend: NumpyBackend
    parameters: Parameters
    forcing: Forcing
    share: FloatArray
    effort: FloatArray
    log_ratio: FloatArray
    ln_means: FloatArray
    channel_weight: FloatArray
    cells: int

    @property
    def share_a_year_ago(self) -> FloatArray: ...


Kind = TypeVar("Kind", bound=type)


class Power(mesa.Agent):  # type: ignore[misc]
    """A power spreads one unit of effort over all (republic, channel) cells.

    - It values a cell by its interest there, by what one more unit of effort would gain
      (most where shares are near one half), by what it lost there over the last year, and
      by who else holds it: it contests what rivals hold and leaves partners alone.
    - Its effort moves towards these values with a half-life of two quarters.
    - Events add to its urges, or send part of its effort elsewhere.

    Attributes
    ----------
    effort : (r, c, m), sums to 1 over the first two axes.
    """

    model: ModelState

    def __init__(self, model: ModelState, name: str, index: int):
        super().__init__(model)
        self.name, self.index = name, index
        self.effort = model.effort[index]

    def move_effort(self) -> None:
        """Move effort towards its target (schedule step 2)."""
        self.model.backend.adjust_effort(self.effort, self.target_effort(), self.effort_rate())

    def effort_rate(self) -> float | FloatArray:
        """Share of the distance to its target that effort covers in a quarter."""
        return EFFORT_RATE

    def target_effort(self) -> FloatArray:
        """Where the power would put its effort if it could move it at once, (r, c, m)."""
        forcing = self.model.forcing
        urges = forcing.urges[self.index]
        target = self.model.backend.effort_target(self.allocation_score(), urges)
        for route in forcing.routes:
            if self.index in route.powers and route.share.any():
                target = equations.reroute_effort(target, route.out_of, route.into, route.share)
        return target

    def allocation_score(self) -> FloatArray:
        """What each cell is worth to the power, (r, c, m), in logits."""
        model, parameters, index = self.model, self.model.parameters, self.index
        return model.backend.allocation_score(
            model.share[index],
            model.share_a_year_ago[index],
            model.forcing.interests[index],
            model.forcing.relations[index],
            model.share,
            parameters.lambda_,
            parameters.iota,
            parameters.phi,
            parameters.chi,
        )


class Republic(mesa.Agent):  # type: ignore[misc]
    """A republic grants influence, or keeps it as its own autonomy.

    - It is attracted to a power by the power's effort and means, by established ties, by
      institutions they share, and by needs that the power can meet. Its gatekeeping lowers
      its attraction to all powers.
    - It resists a power on which it depends beyond what it tolerates, over all channels
      together; under threat it tolerates more.
    - Each quarter influence moves part of the way there, at each channel's own pace.

    Attributes
    ----------
    log_ratio : (p, c, m), logarithm of each power's share over autonomy.
    attraction_target : (p, c, m), log-ratios towards which influence moves.
    excess : (p, m), dependence beyond what it tolerates.
    """

    model: ModelState

    def __init__(self, model: ModelState, name: str, index: int):
        super().__init__(model)
        self.name, self.index = name, index
        self.log_ratio = model.log_ratio[:, index]
        self.attraction_target = aligned(*self.log_ratio.shape)
        self.excess = np.zeros((self.log_ratio.shape[0], self.log_ratio.shape[-1]))
        self._baseline = aligned(*self.log_ratio.shape)
        self._baseline_version = -1  # the forcing's version from which `_baseline` was computed

    def assess_dependence(self) -> None:
        """Compute on whom it depends beyond what it tolerates (schedule step 3)."""
        self.excess = self.model.backend.excess_dependence(
            self.dependence(),
            self.tolerance(),
            self.model.forcing.threat[self.index],
            self.model.parameters.psi,
        )

    def dependence(self) -> FloatArray:
        """Its dependence on each power over all channels, (p, m), as a share."""
        share = self.model.share[:, self.index]
        return self.model.backend.dependence(share, self.model.channel_weight)

    def tolerance(self) -> float | FloatArray:
        """Dependence on one power that it accepts, (m,), as a share."""
        offset: FloatArray = self.model.forcing.tolerance[self.index]
        return self.model.parameters.tau_0 + offset

    def update_attraction(self) -> None:
        """Set the target of each power's influence (schedule step 4)."""
        self.attraction_target = self.attraction()

    def attraction(self) -> FloatArray:
        """The log-ratios towards which influence moves, (p, c, m)."""
        model, parameters = self.model, self.model.parameters
        return model.backend.attraction(
            self.baseline_attraction(),
            model.effort[:, self.index],
            model.cells,
            model.ln_means,
            parameters.theta,
            self.excess,
            parameters.rho,
        )

    def baseline_attraction(self) -> FloatArray:
        """Attraction that does not depend on effort, (p, c, m).

        Recomputed only in cells in which the forcing has changed.
        """
        forcing, parameters, index = self.model.forcing, self.model.parameters, self.index
        changed = forcing.changed_at[:, index] > self._baseline_version
        if changed.any():
            self._baseline_version = forcing.version
            self.model.backend.baseline_attraction(
                self._baseline,
                forcing.ties[:, index],
                forcing.membership[:, index],
                forcing.needs[:, index],
                forcing.supply,
                parameters.alpha[index] + forcing.wariness[:, index],
                parameters.beta,
                parameters.gamma,
                parameters.eta,
                where=changed,
            )
        return self._baseline

    def update_influence(self, noise: FloatArray | None) -> None:
        """Move influence towards its target (schedule step 5).

        noise : (p, c, m), standard normal, not to be modified; or None.
        """
        parameters = self.model.parameters
        self.model.backend.step_log_ratios(
            self.log_ratio, self.attraction_target, parameters.rate, parameters.sigma, noise
        )


def choose_classes(
    argument: str, default: Kind, classes: Mapping[str, Kind] | None, names: Sequence[str]
) -> dict[str, Kind]:
    """The class of every actor by name: the one given for it, or the default.

    Raises
    ------
    RequestError
        If a name is not in the cast, or a class is no subclass of the default.
    """
    example = f"{{'{names[0]}': MyClass}}"
    given = check_mapping(argument, classes, example)
    for name, kind in given.items():
        if name not in names:
            raise RequestError(f"{argument}: '{name}' is not in the cast; {suggest(name, names)}")
        if not (isinstance(kind, type) and issubclass(kind, default)):
            raise RequestError(f"{argument}: give {name} a subclass of {default.__name__}")
    return {name: given.get(name, default) for name in names}
