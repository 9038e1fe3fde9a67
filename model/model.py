"""The model: powers offer effort, republics grant influence, quarter after quarter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import mesa
import numpy as np

from steppe.model.core.aligned_arrays import aligned, copied
from steppe.model.core.calendar import format_quarter
from steppe.model.evidence.coded_inputs import Inputs, default_inputs
from steppe.model.forcing.forcing import Forcing
from steppe.model.parameters.draw import draw_ensemble
from steppe.model.parameters.ensemble import Parameters
from steppe.model.parameters.posterior import PosteriorSample
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.load import Scenario, load_scenario

from .agents import Power, Republic
from .backend import equations
from .random_streams import NormalStreams

SPINUP_QUARTERS = 120  # noiseless quarters that bring the inheritance of 1999 about
YEAR = 4

SCHEDULE: tuple[tuple[str, str], ...] = (
    ("shocks", "events, memberships, relations and budgets take effect"),
    ("offers", "each power moves its effort"),
    ("stock", "each republic works out on whom it depends too much"),
    ("response", "each republic decides what each power's influence is drawn to"),
    ("influence", "influence moves part of the way, with noise"),
    ("record", "shares are worked out and checked"),
)


@dataclass(frozen=True)
class SpinupState:
    """What members have at the end of 1999.

    log_ratio, effort : (p, r, c, m). shares : (5, p, r, c, m), of the last five quarters, the oldest first.
    """

    log_ratio: np.ndarray
    effort: np.ndarray
    shares: np.ndarray

    def select(self, columns: np.ndarray) -> SpinupState:
        """That of some of the members, by their places; a member may come more than once."""
        return SpinupState(
            self.log_ratio[..., columns], self.effort[..., columns], self.shares[..., columns]
        )


class ShareError(RuntimeError):
    """A share that is not finite or not between 0 and 1; says where."""


class InfluenceModel(mesa.Model):
    """An ensemble of histories and futures under one scenario.

    Parameters
    ----------
    scenario : a Scenario, or the name or path of one.
    members : how many members, or their numbers.
    seed : of every random number; the same seed and member give the same noise anywhere.
    parameters : an ensemble; by default drawn for these members from `posterior`.
    posterior : calibrated draws (`steppe.model.parameters.posterior`); by default the priors.
    inputs : coded inputs; by default those of the shipped claims.
    powers, republics : classes that replace `Power` and `Republic`, by actor name.
    forcing : a class that replaces `Forcing`, or what makes one from the same arguments.
    noise : False switches the process noise off.
    inheritance : of these members, where it is known; by default it is worked out.
    after : a model to go on from; see `branch`.

    Attributes
    ----------
    share, effort, log_ratio : (p, r, c, m), after the last quarter stepped.
    quarter : the last quarter stepped, -1 before the first.
    """

    scenario: Scenario | None = (
        None  # a plain attribute: from 3.5 on, Mesa has a property here for scenarios of its own
    )

    def __init__(
        self,
        scenario: Scenario | str = "baseline",
        members: int | np.ndarray = 1,
        seed: int = 0,
        *,
        parameters: Parameters | None = None,
        posterior: PosteriorSample | None = None,
        inputs: Inputs | None = None,
        powers: Mapping[str, type[Power]] | None = None,
        republics: Mapping[str, type[Republic]] | None = None,
        forcing: Callable[..., Forcing] = Forcing,
        noise: bool = True,
        spinup: SpinupState | None = None,
        after: InfluenceModel | None = None,
    ):
        super().__init__(rng=seed)
        self._origin = {
            "seed": seed,
            "posterior": posterior,
            "powers": powers,
            "republics": republics,
            "forcing": forcing,
            "noise": noise,
        }
        self.scenario = load_scenario(scenario) if isinstance(scenario, str) else scenario
        self.inputs = extend_inputs(self.scenario, inputs or default_inputs())
        self.cast = self.inputs.cast
        self.member_numbers = (
            np.arange(members) if isinstance(members, (int, np.integer)) else np.asarray(members)
        )
        size = len(self.member_numbers)
        self.parameters = parameters or draw_ensemble(
            self.scenario.parameters, self.inputs, seed, self.member_numbers, posterior
        )
        if self.parameters.size != size:
            raise ValueError(
                f"the parameters are for {self.parameters.size} members, the model for {size}"
            )
        self.cells = self.cast.shape[1] * self.cast.shape[2]
        self.channel_weight = np.full(self.cast.shape[2], 1.0 / self.cast.shape[2])
        power_count, *cell_shape = self.cast.shape
        self.effort = aligned(*self.cast.shape, size)
        self.log_ratio = aligned(cell_shape[0], power_count, cell_shape[1], size).swapaxes(
            0, 1
        )  # what belongs to a republic lies together
        self.log_ratio[...], self.effort[...] = 0.0, 1.0 / self.cells
        self.scratch = aligned(4, *cell_shape, size)  # for one power at a time
        self.room = aligned(2, power_count, cell_shape[1], size)  # for one republic at a time
        self.forcing = forcing(
            self.inputs,
            self.scenario.events,
            self.parameters.delta,
            seed,
            self.member_numbers,
            posterior.event_quarters(self.member_numbers) if posterior else None,
        )
        self._noise = (
            NormalStreams(
                seed,
                "influence",
                _cell_names(self.cast),
                self.member_numbers,
                self.scenario.quarters,
            )
            if noise and after is None
            else None
        )
        self.powers = self._create(Power, powers, self.cast.power_names)
        self.republics = self._create(Republic, republics, self.cast.republic_names)
        self._methods: dict[str, Callable[[], None]] = {
            "shocks": self._apply_forcing,
            "offers": self._allocate_effort,
            "stock": self._assess_dependence,
            "response": self._update_attraction,
            "influence": self._update_influence,
            "record": self._record,
        }
        if after is not None:
            self._continue_from(after)
        elif spinup is not None:
            self._load_spinup(spinup)
        else:
            self._spin_up()

    def branch(self, scenario: Scenario) -> InfluenceModel:
        """The same members under another scenario, from the present quarter on.

        The past is not simulated again, so the two scenarios must agree up to this quarter
        (`steppe.model.scenario.common_prefix.count_shared_quarters`); results are the same to the last bit.
        """
        return InfluenceModel(
            scenario,
            self.member_numbers,
            parameters=self.parameters,
            inputs=self.inputs,
            after=self,
            **self._origin,
        )

    def _continue_from(self, other: InfluenceModel) -> None:
        self.quarter, self.share, self.recent_shares = (
            other.quarter,
            other.share,
            list(other.recent_shares),
        )
        self.log_ratio[...], self.effort[...] = other.log_ratio, other.effort
        self._noise = other._noise.branch(self.scenario.quarters) if other._noise else None
        if self.quarter >= 0:
            self.forcing.replay(self.quarter, other.forcing.starts)

    def _load_spinup(self, spinup: SpinupState) -> None:
        self.quarter = -1
        self.log_ratio[...], self.effort[...] = spinup.log_ratio, spinup.effort
        *self.recent_shares, self.share = (copied(share) for share in spinup.shares)

    @property
    def spinup(self) -> SpinupState:
        """What the members inherited; only before the first step."""
        if self.quarter >= 0:
            raise ValueError(
                f"the model stands at {format_quarter(self.quarter)}; what it inherited is gone"
            )
        return SpinupState(
            self.log_ratio.copy(), self.effort.copy(), np.stack([*self.recent_shares, self.share])
        )

    def _create(self, standard, replaced, names):
        replaced = replaced or {}
        for name in replaced:
            if name not in names:
                raise ValueError(f"'{name}' is not in the cast; it has {', '.join(names)}")
        return [replaced.get(name, standard)(self, name, index) for index, name in enumerate(names)]

    def _spin_up(self) -> None:
        """Rest for 120 noiseless quarters on the first inputs, the first power drawn by the Soviet legacy."""
        self.quarter = -1
        self.share = equations.shares_from_log_ratios(self.log_ratio)
        self.recent_shares = [self.share] * YEAR
        for _ in range(SPINUP_QUARTERS):
            self._allocate_effort()
            self._assess_dependence()
            self._update_attraction()
            for republic in self.republics:
                republic.attraction_target[0] += self.parameters.zeta
                republic.update_influence(None)
            self._record()

    def release(self) -> None:
        """Forget everything, so that the arrays are free at once; the model is of no use afterwards.

        A model and its agents refer to each other in circles, and Mesa 3.3 numbers agents in
        a table that holds on to every model there ever was.
        """
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        vars(self).clear()

    @property
    def share_a_year_ago(self) -> np.ndarray:
        """Shares four quarters before the present state, (p, r, c, m)."""
        return self.recent_shares[0]

    @property
    def autonomy(self) -> np.ndarray:
        """What each republic keeps to itself, (r, c, m)."""
        return equations.autonomy(self.share)

    def step(self) -> None:
        """One quarter: the steps of `SCHEDULE`, in order."""
        self.quarter += 1
        with np.errstate(
            all="ignore"
        ):  # what overflows is reported as a ShareError, with its place
            for name, _ in SCHEDULE:
                self._methods[name]()

    def run(self) -> Iterator[int]:
        """Step to the end of the scenario, yielding each quarter once it is done."""
        while self.quarter < self.scenario.last:
            self.step()
            yield self.quarter

    def _apply_forcing(self) -> None:
        self.forcing.advance(self.quarter, self.share)

    def _allocate_effort(self) -> None:
        for power in self.powers:
            power.move_effort()

    def _assess_dependence(self) -> None:
        for republic in self.republics:
            republic.assess_dependence()

    def _update_attraction(self) -> None:
        self.ln_means = self.forcing.ln_means + self.parameters.b
        for republic in self.republics:
            republic.update_attraction()

    def _update_influence(self) -> None:
        noise = (
            [None] * len(self.republics)
            if self._noise is None
            else self._noise.next().reshape(len(self.republics), *self.room.shape[1:])
        )
        for republic, felt in zip(self.republics, noise, strict=True):
            republic.update_influence(felt)

    def _record(self) -> None:
        self.recent_shares = [*self.recent_shares[1:], self.share]
        self.share = equations.shares_from_log_ratios(self.log_ratio)
        if not np.isfinite(self.share.sum()):
            self._report_broken_share()

    def _report_broken_share(self) -> None:
        power, republic, channel, column = np.argwhere(~np.isfinite(self.share))[0]
        raise ShareError(
            f"the share of {self.cast.power_names[power]} in {self.cast.republic_names[republic]}, "
            f"{self.cast.channel_names[channel]}, is {self.share[power, republic, channel, column]} in member "
            f"{self.member_numbers[column]} at {format_quarter(self.quarter)}; "
            "an event or parameter drives it beyond what the model can represent"
        )


def _cell_names(cast) -> list[tuple[str, str, str]]:
    """In the order in which log-ratios lie in memory."""
    return [
        (power, republic, channel)
        for republic in cast.republic_names
        for power in cast.power_names
        for channel in cast.channel_names
    ]
