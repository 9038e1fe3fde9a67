"""`InfluenceModel`: the state, shares now and over the last year, and the order of a quarter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from steppe.model.backends.choice import choose_backend
from steppe.model.backends.numpy_backend import NumpyBackend
from steppe.model.core.aligned_arrays import aligned, aligned_copy
from steppe.model.core.arguments import check_member_numbers
from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.calendar import QUARTERS_PER_YEAR, format_quarter
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.data_collector import MEDIANS, create_collector
from steppe.model.core.errors import RequestError
from steppe.model.core.mesa_import import mesa
from steppe.model.core.share_check import check_shares
from steppe.model.core.snapshot import Snapshot
from steppe.model.core.spinup_state import SpinupState
from steppe.model.evidence.coded_inputs import Inputs, default_inputs
from steppe.model.forcing.forcing import Forcing
from steppe.model.parameters.draw import choose_parameters
from steppe.model.parameters.ensemble import Parameters
from steppe.model.parameters.given import ParameterValues
from steppe.model.parameters.posterior import PosteriorSample, load_posterior
from steppe.model.scenario.added_actors import entries_of, extend_inputs
from steppe.model.scenario.load import Scenario, find_scenario

from . import equations
from .agents import Power, Republic, choose_classes
from .random_streams import NormalStreams, choose_seed

ABSENT = -800.0  # the log-ratio of a power that is not there: its exponential is zero
SPINUP_QUARTERS = 120  # quarters without noise that lead to the state of 1999

SCHEDULE: tuple[tuple[str, str], ...] = (
    ("shocks", "events, memberships, relations and budgets take effect"),
    ("offers", "each power moves its effort"),
    ("stock", "each republic computes on whom it depends too much"),
    ("response", "each republic sets the target of each power's influence"),
    ("influence", "influence moves part of the way, with noise"),
    ("record", "shares are computed and checked"),
)


class InfluenceModel(mesa.Model):  # type: ignore[misc]
    """An ensemble of histories and futures under one scenario, as a model of Mesa 3.3 to 3.5.

    Parameters
    ----------
    scenario : a Scenario, or the name or path of one.
    members : how many members, or their numbers, (m,).
    seed, rng : of all random numbers, one or the other, as in Mesa; a whole number, and `rng` may
        be what `numpy.random.default_rng` takes. The same seed and member give the same noise in
        any run. Without one, a seed is drawn; `model.seed` is the one used.
    levers : number by lever of the scenario.
    parameters : values that replace what is drawn, by symbol or name, each a number or an array
        over members; or a whole ensemble, with which nothing is drawn.
    parameters_from : `posterior` (the one that ships), `prior`, the path of a posterior, or one
        that is loaded.
    inputs : coded inputs; by default those of the shipped claims.
    powers, republics : classes that replace `Power` and `Republic`, by actor name.
    collect : what `datacollector` records after each step: `medians` over members, `members`, or
        None for nothing, which is faster.
    forcing : a class that replaces `Forcing`, or a function of the same arguments.
    noise : False switches the process noise off.
    spinup : the state of these members at the end of 1999, if known; by default it is computed.
    backend : how the equations are computed; by default compiled where that saves time.
    branch_of : the state of a model to continue from; see `branch`.

    Attributes
    ----------
    share, effort, log_ratio : (p, r, c, m), after the last quarter stepped; shares from 0 to 1.
    quarter : the last quarter stepped, -1 before the first; 0 is 2000Q1.
    running : False once `quarter` is the last of the scenario.
    agents : the powers, then the republics.
    datacollector : a Mesa data collector, whose steps are quarters; see `collect`.

    Raises
    ------
    RequestError
        If an argument is not one of these, or a name is unknown, with what would be right.

    Examples
    --------
    >>> from steppe import InfluenceModel
    >>> model = InfluenceModel("russian-retreat", members=20, rng=1)
    >>> model.run_model()
    >>> model.agents.select(lambda agent: agent.name == "China").get("index")
    [1]
    >>> records = model.datacollector.get_model_vars_dataframe()
    >>> records["quarter"].iloc[-1]
    '2040Q4'
    """

    # A plain attribute, since Mesa 3.5 has a property of this name for scenarios of its own.
    scenario: Scenario = None  # type: ignore[assignment]

    def __init__(
        self,
        scenario: Scenario | str | Path = "baseline",
        members: int | IntArray = 1000,
        seed: int | None = None,
        *,
        rng: Any = None,
        levers: Mapping[str, float] | None = None,
        parameters: Parameters | ParameterValues | None = None,
        parameters_from: PosteriorSample | str | Path | None = None,
        inputs: Inputs | None = None,
        powers: Mapping[str, type[Power]] | None = None,
        republics: Mapping[str, type[Republic]] | None = None,
        collect: str | None = MEDIANS,
        forcing: Callable[..., Forcing] = Forcing,
        noise: bool = True,
        spinup: SpinupState | None = None,
        backend: NumpyBackend | None = None,
        branch_of: Snapshot | None = None,
    ):
        self.seed = choose_seed(seed, rng)
        super().__init__(rng=self.seed)
        self.scenario = find_scenario(scenario, levers)
        self.inputs = extend_inputs(self.scenario, inputs or default_inputs())
        self.cast = self.inputs.cast
        self.member_numbers = check_member_numbers(members)
        size = len(self.member_numbers)
        self.backend = backend or choose_backend(size * (SPINUP_QUARTERS + self.scenario.quarters))
        drawn = parameters_from or ("prior" if isinstance(parameters, Parameters) else "posterior")
        posterior = load_posterior(drawn, default_cast())
        self._origin: dict[str, Any] = {"forcing": forcing, "noise": noise, "collect": collect}
        self._origin |= {"powers": powers, "republics": republics, "parameters_from": drawn}
        self.parameters = choose_parameters(
            parameters,
            self.scenario.parameters,
            self.inputs,
            self.seed,
            self.member_numbers,
            posterior,
        )
        self._entries = entries_of(self.scenario, self.cast)
        self._allocate_state()
        self.forcing = self._create_forcing(posterior)
        self._create_agents(powers, republics)
        self.datacollector = create_collector(self.cast, collect)
        self._start(spinup, branch_of)
        self.running = self.quarter < self.scenario.last

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
        for power in self._entries:
            self.log_ratio[power] = ABSENT
        self.ln_means = np.zeros((powers, size))
        self.quarter = -1

    def _create_forcing(self, posterior: PosteriorSample | None) -> Forcing:
        forcing: Forcing = self._origin["forcing"](
            self.inputs,
            self.scenario.events,
            self.parameters.delta,
            self.seed,
            self.member_numbers,
            posterior.event_quarters(self.member_numbers) if posterior else None,
            self.backend,
        )
        return forcing

    def _create_agents(self, powers: Any, republics: Any) -> None:
        of_powers = choose_classes("powers", Power, powers, self.cast.power_names)
        of_republics = choose_classes("republics", Republic, republics, self.cast.republic_names)
        self.powers: list[Power] = [
            kind(self, name, index) for index, (name, kind) in enumerate(of_powers.items())
        ]
        self.republics: list[Republic] = [
            kind(self, name, index) for index, (name, kind) in enumerate(of_republics.items())
        ]

    def _start(self, spinup: SpinupState | None, branch_of: Snapshot | None) -> None:
        """Set the state from which the first step begins."""
        self._noise: NormalStreams | None = None
        if branch_of is not None:
            self._restore(branch_of)
            return
        if self._origin["noise"]:
            self._noise = NormalStreams(
                self.seed,
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
        return self.continue_from(self.snapshot(), scenario)

    @staticmethod
    def continue_from(snapshot: Snapshot, scenario: Scenario) -> InfluenceModel:
        """A branch of a model that may have gone on since, or be gone; see `branch`."""
        return InfluenceModel(scenario, branch_of=snapshot, **snapshot.arguments)

    def snapshot(self) -> Snapshot:
        """The present state, for branches that are made later."""
        same = ("parameters", "inputs", "seed", "backend")
        return Snapshot(
            {"members": self.member_numbers, **{name: getattr(self, name) for name in same}}
            | self._origin,
            self.quarter,
            self.share,
            tuple(self.recent_shares),
            self.log_ratio.copy(),
            self.effort.copy(),
            self._noise.branch() if self._noise else None,
            {name: quarters.copy() for name, quarters in self.forcing.starts.items()},
        )

    def _restore(self, state: Snapshot) -> None:
        self.quarter, self.share = state.quarter, state.share
        self.recent_shares = list(state.recent_shares)
        self.log_ratio[...], self.effort[...] = state.log_ratio, state.effort
        self._noise = state.noise.branch(self.scenario.quarters) if state.noise else None
        if self.quarter >= 0:
            self.forcing.replay(self.quarter, state.starts)

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
        """Come to rest on the first inputs without noise; legacy (zeta) attracts to one power."""
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

    def forget_past(self) -> None:
        """Free what only branches from earlier quarters would need: most of what a model holds."""
        if self._noise is not None:
            self._noise.forget_past()

    def read_noise(self, streams: NormalStreams) -> None:
        """Go on with the noise of a model of the same seed and members, at the same quarter."""
        self._noise = streams.branch(self.scenario.quarters)

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
        RequestError
            After the last quarter of the scenario.
        """
        if self.quarter >= self.scenario.last:
            raise RequestError(
                f"'{self.scenario.name}' ends in {format_quarter(self.scenario.last)}, "
                "and the model is there; give the scenario a later 'to', or begin a new model"
            )
        self.quarter += 1
        methods: dict[str, Callable[[], None]] = {
            "shocks": self._begin_quarter,
            "offers": self._move_effort,
            "stock": self._assess_dependence,
            "response": self._update_attraction,
            "influence": self._update_influence,
            "record": self._record,
        }
        with np.errstate(all="ignore"):  # an overflow is reported as a ShareError
            for name, _ in SCHEDULE:
                methods[name]()
        self.running = self.quarter < self.scenario.last
        if self.datacollector is not None:
            self.datacollector.collect(self)

    def run(self) -> Iterator[int]:
        """Step to the end of the scenario, yielding each quarter after it is simulated."""
        while self.quarter < self.scenario.last:
            self.step()
            yield self.quarter

    def _begin_quarter(self) -> None:
        self._admit_powers()
        self.forcing.advance(self.quarter, self.share)

    def _admit_powers(self) -> None:
        """Let powers enter whose quarter has come, with their effort spread evenly."""
        entering = [
            power for power, entry in self._entries.items() if entry.quarter == self.quarter
        ]
        for power in entering:
            self.log_ratio[power] = self._entries[power].log_ratio
            self.effort[power] = 1.0 / self.cells
        if entering:
            self.share = self.backend.shares_from_log_ratios(self.log_ratio)

    def _is_absent(self, power: int) -> bool:
        entry = self._entries.get(power)
        return entry is not None and entry.is_absent(self.quarter)

    def _move_effort(self) -> None:
        for power in self.powers:
            if not self._is_absent(power.index):
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
        for power in self._entries:
            if self._is_absent(power):
                self.log_ratio[power] = ABSENT
        self.recent_shares = [*self.recent_shares[1:], self.share]
        self.share = self.backend.shares_from_log_ratios(self.log_ratio)
        check_shares(self.share, self.cast, self.member_numbers, self.quarter)


def _cell_names(cast: Cast) -> list[tuple[str, str, str]]:
    """Names of the cells, in the order in which log-ratios are stored in memory."""
    return [
        (power, republic, channel)
        for republic in cast.republic_names
        for power in cast.power_names
        for channel in cast.channel_names
    ]
