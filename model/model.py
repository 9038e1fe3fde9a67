"""`InfluenceModel`: the state, shares now and over the last year, and the order of a quarter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import mesa  # type: ignore[import-untyped]
import numpy as np

from steppe.model.backends.choice import choose_backend
from steppe.model.backends.numpy_backend import NumpyBackend
from steppe.model.core.aligned_arrays import aligned, aligned_copy
from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.calendar import QUARTERS_PER_YEAR, format_quarter
from steppe.model.core.cast import Cast
from steppe.model.core.errors import IncompleteRunError
from steppe.model.evidence.coded_inputs import Inputs, default_inputs
from steppe.model.forcing.forcing import Forcing
from steppe.model.parameters.draw import draw_ensemble
from steppe.model.parameters.ensemble import Parameters
from steppe.model.parameters.posterior import PosteriorSample
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.load import Scenario, load_scenario

from . import equations
from .agents import Power, Republic
from .random_streams import NormalStreams

SPINUP_QUARTERS = 120  # quarters without noise that lead to the state of 1999

SCHEDULE: tuple[tuple[str, str], ...] = (
    ("shocks", "events, memberships, relations and budgets take effect"),
    ("offers", "each power moves its effort"),
    ("stock", "each republic computes on whom it depends too much"),
    ("response", "each republic sets the target of each power's influence"),
    ("influence", "influence moves part of the way, with noise"),
    ("record", "shares are computed and checked"),
)

Actor = TypeVar("Actor", Power, Republic)


@dataclass(frozen=True)
class SpinupState:
    """The state of some members at the end of 1999.

    log_ratio, effort : (p, r, c, m).
    shares : (5, p, r, c, m), of the last five quarters, the oldest first.
    """

    log_ratio: FloatArray
    effort: FloatArray
    shares: FloatArray

    def select(self, columns: IntArray) -> SpinupState:
        """The state of some of the members, by position; a member may occur more than once."""
        return SpinupState(
            self.log_ratio[..., columns], self.effort[..., columns], self.shares[..., columns]
        )


class ShareError(IncompleteRunError, RuntimeError):
    """A share is not finite; the message says in which cell, member and quarter."""


class InfluenceModel(mesa.Model):  # type: ignore[misc]
    """An ensemble of histories and futures under one scenario.

    Parameters
    ----------
    scenario : a Scenario, or the name or path of one.
    members : how many members, or their numbers.
    seed : of all random numbers; the same seed and member give the same noise in any run.
    parameters : an ensemble; by default drawn for these members from `posterior`.
    posterior : a calibrated sample (`steppe.model.parameters.posterior`); by default the priors.
    inputs : coded inputs; by default those of the shipped claims.
    powers, republics : classes that replace `Power` and `Republic`, by actor name.
    forcing : a class that replaces `Forcing`, or a function of the same arguments.
    noise : False switches the process noise off.
    spinup : the state of these members at the end of 1999, if known; by default it is computed.
    backend : how the equations are computed; by default compiled where that saves time.
    branch_of : a model to continue from; see `branch`.

    Attributes
    ----------
    share, effort, log_ratio : (p, r, c, m), after the last quarter stepped.
    quarter : the last quarter stepped, -1 before the first.
    """

    # A plain attribute, since Mesa 3.5 has a property of this name for scenarios of its own.
    scenario: Scenario = None  # type: ignore[assignment]

    def __init__(
        self,
        scenario: Scenario | str = "baseline",
        members: int | IntArray = 1,
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
        backend: NumpyBackend | None = None,
        branch_of: InfluenceModel | None = None,
    ):
        super().__init__(rng=seed)
        self.scenario = load_scenario(scenario) if isinstance(scenario, str) else scenario
        self.inputs = extend_inputs(self.scenario, inputs or default_inputs())
        self.cast = self.inputs.cast
        self.member_numbers = (
            np.arange(members) if isinstance(members, (int, np.integer)) else np.asarray(members)
        )
        size = len(self.member_numbers)
        self.backend = backend or choose_backend(size * (SPINUP_QUARTERS + self.scenario.quarters))
        self._origin: dict[str, Any] = {
            "seed": seed,
            "posterior": posterior,
            "powers": powers,
            "republics": republics,
            "forcing": forcing,
            "noise": noise,
            "backend": self.backend,
        }
        self.parameters = parameters or draw_ensemble(
            self.scenario.parameters, self.inputs, seed, self.member_numbers, posterior
        )
        if self.parameters.size != size:
            raise ValueError(
                f"the parameters are for {self.parameters.size} members, the model for {size}"
            )
        self._allocate_state()
        self.forcing = self._create_forcing()
        self.powers = self._create_agents(Power, powers, self.cast.power_names)
        self.republics = self._create_agents(Republic, republics, self.cast.republic_names)
        self._start(spinup, branch_of)

    def _allocate_state(self) -> None:
        """Even effort, and equal shares for all powers and the republic."""
        powers, republics, channels = self.cast.shape
        size = len(self.member_numbers)
        self.cells = republics * channels
        self.channel_weight = np.full(channels, 1.0 / channels)
        self.effort = aligned(powers, republics, channels, size)
        # in memory, the log-ratios of a republic are contiguous
        self.log_ratio = aligned(republics, powers, channels, size).swapaxes(0, 1)
        self.log_ratio[...], self.effort[...] = 0.0, 1.0 / self.cells
        self.ln_means = np.zeros((powers, size))
        self.quarter = -1

    def _create_forcing(self) -> Forcing:
        posterior = self._origin["posterior"]
        forcing: Forcing = self._origin["forcing"](
            self.inputs,
            self.scenario.events,
            self.parameters.delta,
            self._origin["seed"],
            self.member_numbers,
            posterior.event_quarters(self.member_numbers) if posterior else None,
            self.backend,
        )
        return forcing

    def _create_agents(
        self, default: type[Actor], classes: Mapping[str, type[Actor]] | None, names: Sequence[str]
    ) -> list[Actor]:
        classes = classes or {}
        for name in classes:
            if name not in names:
                raise ValueError(f"'{name}' is not in the cast; it has {', '.join(names)}")
        return [classes.get(name, default)(self, name, index) for index, name in enumerate(names)]

    def _start(self, spinup: SpinupState | None, branch_of: InfluenceModel | None) -> None:
        """Set the state from which the first step begins."""
        self._noise: NormalStreams | None = None
        if branch_of is not None:
            self._continue_from(branch_of)
            return
        if self._origin["noise"]:
            self._noise = NormalStreams(
                self._origin["seed"],
                "influence",
                _cell_names(self.cast),
                self.member_numbers,
                self.scenario.quarters,
            )
        if spinup is None:
            self._spin_up()
        else:
            self.log_ratio[...], self.effort[...] = spinup.log_ratio, spinup.effort
            *self.recent_shares, self.share = (aligned_copy(share) for share in spinup.shares)

    def branch(self, scenario: Scenario) -> InfluenceModel:
        """The same members under another scenario, from the present quarter on.

        The past is not simulated again, so the two scenarios must agree up to this quarter
        (`steppe.model.scenario.common_prefix.count_shared_quarters`). Results are those of a run
        from the start, to the last bit.
        """
        return InfluenceModel(
            scenario,
            self.member_numbers,
            parameters=self.parameters,
            inputs=self.inputs,
            branch_of=self,
            **self._origin,
        )

    def _continue_from(self, other: InfluenceModel) -> None:
        self.quarter, self.share = other.quarter, other.share
        self.recent_shares = list(other.recent_shares)
        self.log_ratio[...], self.effort[...] = other.log_ratio, other.effort
        self._noise = other._noise.branch(self.scenario.quarters) if other._noise else None
        if self.quarter >= 0:
            self.forcing.replay(self.quarter, other.forcing.starts)

    @property
    def spinup(self) -> SpinupState:
        """The state of the members at the end of 1999; only before the first step.

        Raises
        ------
        ValueError
            After the first step.
        """
        if self.quarter >= 0:
            raise ValueError(
                f"the model is at {format_quarter(self.quarter)}; "
                "its state at the end of 1999 is not kept"
            )
        return SpinupState(
            self.log_ratio.copy(), self.effort.copy(), np.stack([*self.recent_shares, self.share])
        )

    def _spin_up(self) -> None:
        """Come to rest on the first inputs without noise, the Soviet legacy raising one power.

        The legacy (zeta) adds to the attraction to the first power of the cast.
        """
        self.share = self.backend.shares_from_log_ratios(self.log_ratio)
        self.recent_shares = [self.share] * QUARTERS_PER_YEAR
        for _ in range(SPINUP_QUARTERS):
            self._move_effort()
            self._assess_dependence()
            self._update_attraction()
            for republic in self.republics:
                republic.attraction_target[0] += self.parameters.zeta
                republic.update_influence(None)
            self._record()

    def release(self) -> None:
        """Free all arrays at once; the model cannot be used afterwards.

        A model and its agents refer to each other, and Mesa 3.3 numbers agents in a table that
        keeps a reference to every model.
        """
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        self.__dict__.clear()

    @property
    def share_a_year_ago(self) -> FloatArray:
        """Shares four quarters before the present state, (p, r, c, m)."""
        return self.recent_shares[0]

    @property
    def autonomy(self) -> FloatArray:
        """What each republic keeps to itself, (r, c, m)."""
        return equations.autonomy(self.share)

    def step(self) -> None:
        """Simulate one quarter: the steps of `SCHEDULE`, in order.

        Raises
        ------
        ShareError
            If a share is not finite.
        """
        self.quarter += 1
        methods: dict[str, Callable[[], None]] = {
            "shocks": self._apply_forcing,
            "offers": self._move_effort,
            "stock": self._assess_dependence,
            "response": self._update_attraction,
            "influence": self._update_influence,
            "record": self._record,
        }
        with np.errstate(all="ignore"):  # an overflow is reported as a ShareError
            for name, _ in SCHEDULE:
                methods[name]()

    def run(self) -> Iterator[int]:
        """Step to the end of the scenario, yielding each quarter after it is simulated."""
        while self.quarter < self.scenario.last:
            self.step()
            yield self.quarter

    def _apply_forcing(self) -> None:
        self.forcing.advance(self.quarter, self.share)

    def _move_effort(self) -> None:
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
        powers, republics, channels = self.cast.shape
        noise: Sequence[FloatArray | None] = [None] * republics
        if self._noise is not None:
            noise = list(
                self._noise.next().reshape(republics, powers, channels, len(self.member_numbers))
            )
        for republic, of_republic in zip(self.republics, noise, strict=True):
            republic.update_influence(of_republic)

    def _record(self) -> None:
        self.recent_shares = [*self.recent_shares[1:], self.share]
        self.share = self.backend.shares_from_log_ratios(self.log_ratio)
        if not np.isfinite(self.share.sum()):
            self._report_broken_share()

    def _report_broken_share(self) -> None:
        power, republic, channel, column = np.argwhere(~np.isfinite(self.share))[0]
        names = self.cast
        raise ShareError(
            f"the share of {names.power_names[power]} in {names.republic_names[republic]}, "
            f"{names.channel_names[channel]}, is {self.share[power, republic, channel, column]} "
            f"in member {self.member_numbers[column]} at {format_quarter(self.quarter)}; "
            "an event or parameter drives it beyond what the model can represent"
        )


def _cell_names(cast: Cast) -> list[tuple[str, str, str]]:
    """Names of the cells, in the order in which log-ratios are stored in memory."""
    return [
        (power, republic, channel)
        for republic in cast.republic_names
        for power in cast.power_names
        for channel in cast.channel_names
    ]
