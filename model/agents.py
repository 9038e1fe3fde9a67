"""The agents. Each holds its numbers for a whole ensemble: arrays whose last axis is the member.

To change a behaviour, subclass and override one method:

    class PatientChina(Power):
        def effort_rate(self):
            return 0.5 * super().effort_rate()

    InfluenceModel(scenario, powers={"China": PatientChina})
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import mesa
import numpy as np

from steppe.model.core.aligned_arrays import aligned

from .backend import equations

if TYPE_CHECKING:
    from steppe.model.forcing.forcing import Forcing
    from steppe.model.parameters.ensemble import Parameters

EFFORT_RATE = equations.adjustment_rate(2.0)  # of a half-life of two quarters


class ModelState(Protocol):
    """What an agent reads of its model; `InfluenceModel` has it all, in arrays whose last axis is the member.

    share, share_a_year_ago, effort, log_ratio : (p, r, c, m). ln_means : (p, m). channel_weight : (c,).
    cells : number of (republic, channel) pairs. scratch, room : arrays for intermediate results.
    """

    parameters: Parameters
    forcing: Forcing
    share: np.ndarray
    effort: np.ndarray
    log_ratio: np.ndarray
    ln_means: np.ndarray
    channel_weight: np.ndarray
    cells: int
    scratch: np.ndarray
    room: np.ndarray

    @property
    def share_a_year_ago(self) -> np.ndarray: ...


class Power(mesa.Agent):
    """A power spreads one unit of effort over all (republic, channel) cells.

    - It values a cell by its interest there, by what one more unit of effort would gain
      (most where shares are near one half), by what it lost there over the last year, and
      by who else holds it: it contests what rivals hold and leaves partners alone.
    - It moves its effort part of the way towards that, with a half-life of two quarters.
    - Events add to its urges, or send part of its effort elsewhere.

    Attributes
    ----------
    effort : (r, c, m), sums to 1 over the first two axes.
    """

    def __init__(self, model: ModelState, name: str, index: int):
        super().__init__(model)
        self.name, self.index = name, index
        self.effort = model.effort[index]

    def move_effort(self) -> None:
        """Move effort towards where it is wanted (schedule step 2)."""
        equations.move_towards(
            self.effort, self.target_effort(), self.effort_rate(), work=self.model.scratch[1]
        )

    def effort_rate(self) -> float | np.ndarray:
        """Share of the way that effort moves in a quarter."""
        return EFFORT_RATE

    def target_effort(self) -> np.ndarray:
        """Where the power would put its effort if it could move it at once, (r, c, m).

        Like `allocation_score`, it may lie in an array that the next power uses; copy what is to be kept.
        """
        forcing, room = self.model.forcing, self.model.scratch[0]
        target = equations.effort_target(
            self.allocation_score(), forcing.urges[self.index], out=room
        )
        for route in forcing.routes:
            if self.index in route.powers and route.share.any():
                target = equations.reroute_effort(target, route.out_of, route.into, route.share)
        return target

    def allocation_score(self) -> np.ndarray:
        """What each cell is worth to the power, (r, c, m), in logits."""
        model, parameters, here = self.model, self.model.parameters, self.index
        out, *work = model.scratch[1:]
        return equations.allocation_score(
            model.share[here],
            model.share_a_year_ago[here],
            model.forcing.interests[here],
            model.forcing.relations[here],
            model.share,
            parameters.lambda_,
            parameters.iota,
            parameters.phi,
            parameters.chi,
            out=out,
            work=work,
        )


class Republic(mesa.Agent):
    """A republic grants influence, or keeps it as its own autonomy.

    - It is drawn to a power by its effort and means, by standing ties, by institutions they
      share, and by needs that the power can meet; its gatekeeping holds all of them off.
    - It resists a power on which it depends beyond what it tolerates, over all channels
      together; under threat it tolerates more.
    - Influence moves part of the way there each quarter, at each channel's own pace.

    Attributes
    ----------
    log_ratio : (p, c, m), logarithm of each power's share over autonomy.
    """

    def __init__(self, model: ModelState, name: str, index: int):
        super().__init__(model)
        self.name, self.index = name, index
        self.log_ratio = model.log_ratio[:, index]
        self.attraction_target = aligned(*self.log_ratio.shape)
        self._baseline_attraction = aligned(*self.log_ratio.shape)
        self._as_of = -1  # the forcing's version that `_baseline_attraction` goes by

    def assess_dependence(self) -> None:
        """Work out on whom it depends beyond what it tolerates (schedule step 3)."""
        model = self.model
        self.excess = equations.excess_dependence(
            self.dependence(),
            self.tolerance(),
            model.forcing.threat[self.index],
            model.parameters.psi,
        )

    def dependence(self) -> np.ndarray:
        """Its dependence on each power over all channels, (p, m), as a share."""
        return equations.dependence(self.model.share[:, self.index], self.model.channel_weight)

    def tolerance(self) -> np.ndarray:
        """Dependence on one power that it accepts, (m,), as a share."""
        return self.model.parameters.tau_0 + self.model.forcing.tolerance[self.index]

    def update_attraction(self) -> None:
        """Decide what each power's influence is drawn to (schedule step 4)."""
        self.attraction_target = self.attraction()

    def attraction(self) -> np.ndarray:
        """The log-ratios towards which influence moves, (p, c, m)."""
        model, parameters = self.model, self.model.parameters
        return equations.attraction(
            self.baseline_attraction(),
            model.effort[:, self.index],
            model.cells,
            model.ln_means,
            parameters.theta,
            self.excess,
            parameters.rho,
            out=self.attraction_target,
        )

    def baseline_attraction(self) -> np.ndarray:
        """What draws it whatever effort is made, (p, c, m); worked out anew in cells that the forcing has moved."""
        forcing, parameters, here = self.model.forcing, self.model.parameters, self.index
        moved = forcing.changed_at[:, here] > self._as_of
        if moved.any():
            self._as_of = forcing.version
            equations.baseline_attraction(
                forcing.ties[:, here],
                forcing.membership[:, here],
                forcing.needs[here],
                forcing.supply,
                parameters.alpha[here],
                parameters.beta,
                parameters.gamma,
                parameters.eta,
                out=self._baseline_attraction,
                where=moved,
            )
        return self._baseline_attraction

    def update_influence(self, noise: np.ndarray | None) -> None:
        """Move influence towards where it is drawn (schedule step 5); noise (p, c, m), to be read only, or None for none."""
        parameters = self.model.parameters
        equations.step_log_ratios(
            self.log_ratio,
            self.attraction_target,
            parameters.rate,
            parameters.sigma,
            noise,
            out=self.log_ratio,
            work=self.model.room,
        )
