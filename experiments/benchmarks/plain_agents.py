"""The rules of the model as somebody would write them in agentpy: agents with small arrays, one member a run.

They share no rule with `steppe.model.equations`; numbers are those of MODEL.md. What the
two have in common is what acts from outside: coded inputs and events (`Forcing`), drawn
parameters, and noise.
"""

from __future__ import annotations

import agentpy
import numpy as np

from steppe.model.forcing.forcing import Forcing
from steppe.model.parameters.draw import draw_ensemble
from steppe.model.random_streams import NormalStreams

from .workload import Asked, ends_a_year

START = 120  # quarters without noise before the first
FROM_OUTSIDE = (
    "interests",
    "needs",
    "ties",
    "membership",
    "supply",
    "relations",
    "ln_means",
    "threat",
    "tolerance",
    "urges",
)
EFFORT_RATE = 1.0 - 2.0**-0.5


class Power(agentpy.Agent):
    """Spreads one unit of effort over republics and channels, (r, c)."""

    def setup(self, index: int) -> None:
        self.index = index
        self.effort = np.full(
            (self.model.republic_count, self.model.channel_count), 1.0 / self.model.cells
        )

    def move_effort(self) -> None:
        model, member, world = self.model, self.model.member, self.model.world
        share = model.share[self.index]
        lost = np.maximum(model.year_before[0][self.index] - share, 0.0)
        rivals = (
            world["relations"][self.index] @ model.share.reshape(model.power_count, -1)
        ).reshape(share.shape)
        worth = (
            member["iota"] * world["interests"][self.index]
            + np.log(share * (1.0 - share))
            + member["phi"] * lost
            + member["chi"] * rivals
        )
        score = member["lambda_"] * worth + world["urges"][self.index]
        target = np.exp(score - score.max())
        self.effort += EFFORT_RATE * (self.reroute_effort(target / target.sum()) - self.effort)

    def reroute_effort(self, target: np.ndarray) -> np.ndarray:
        for route in self.model.forcing.routes:
            if self.index in route.powers:
                out_of, into = route.out_of[..., 0], route.into[..., 0]
                moved = route.share[0] * target * out_of
                target = target - moved + into * (moved.sum() / into.sum())
        return target


class Republic(agentpy.Agent):
    """Grants influence to powers in channels, (p, c), or keeps it."""

    def setup(self, index: int) -> None:
        self.index = index
        self.log_ratio = np.zeros((self.model.power_count, self.model.channel_count))

    def update_attraction(self) -> None:
        model, member, world, here = self.model, self.model.member, self.model.world, self.index
        depends = model.share[:, here].mean(axis=1)
        tolerated = (
            member["tau_0"] + world["tolerance"][here] + member["psi"] * world["threat"][here]
        )
        excess = np.maximum(depends - tolerated, 0.0)
        standing = (
            member["beta"] * world["ties"][:, here] + member["gamma"] * world["membership"][:, here]
        )
        standing += member["eta"] * world["needs"][here] * world["supply"] - member["alpha"][here]
        means = (world["ln_means"] + member["b"])[:, None]
        self.attraction_target = (
            standing
            + member["theta"] * (means + np.log(model.cells * model.effort[:, here] + 0.05))
            - member["rho"] * excess[:, None]
        )

    def update_influence(self) -> None:
        member = self.model.member
        self.log_ratio += (
            member["rate"] * (self.attraction_target - self.log_ratio)
            + member["sigma"] * self.model.noise[:, self.index]
        )

    def keep(self) -> None:
        self.record("held", self.model.share[:, self.index].copy())


class World(agentpy.Model):
    """One member from 1970, where the start begins, to the end of the scenario."""

    def setup(self, asked: Asked) -> None:
        self.last = asked.scenario.last
        numbers = np.array([self.p.member])
        inputs, scenario, posterior = (
            asked.parameter_source.inputs,
            asked.scenario,
            asked.parameter_source.posterior,
        )
        cast = inputs.cast
        parameters = draw_ensemble(scenario.parameters, inputs, asked.seed, numbers, posterior)
        self.member = {
            name: getattr(parameters, name)[..., 0]
            for name in (
                "theta",
                "beta",
                "gamma",
                "eta",
                "iota",
                "lambda_",
                "phi",
                "chi",
                "rate",
                "sigma",
                "alpha",
                "tau_0",
                "rho",
                "psi",
                "b",
                "zeta",
            )
        }
        self.forcing = Forcing(
            inputs,
            scenario.events,
            parameters.delta,
            asked.seed,
            numbers,
            posterior.event_quarters(numbers) if posterior else None,
        )
        names = [
            (power, republic, channel)
            for power in cast.power_names
            for republic in cast.republic_names
            for channel in cast.channel_names
        ]
        self.streams = NormalStreams(
            asked.seed, "influence", names, numbers, asked.scenario.quarters
        )
        self.power_count, self.republic_count, self.channel_count = cast.shape
        self.cells = self.republic_count * self.channel_count
        self.quarter = -1
        self.powers, self.republics = agentpy.AgentList(self), agentpy.AgentList(self)
        self.powers.extend(Power(self, index=index) for index in range(self.power_count))
        self.republics.extend(Republic(self, index=index) for index in range(self.republic_count))
        self.work_out_shares()
        self.year_before = [self.share] * 4
        self.rest()

    def rest(self) -> None:
        """The quarters of the start, in which the first power has the bonus of the past and nothing is left to chance."""
        self.look()
        self.noise = np.zeros((self.power_count, self.republic_count, self.channel_count))
        for _ in range(START):
            self.act(bonus=self.member["zeta"])

    def step(self) -> None:
        self.quarter += 1
        self.forcing.advance(self.quarter, self.share[..., None])
        self.look()
        self.noise = self.streams.next()[:, 0].reshape(self.noise.shape)
        self.act(bonus=0.0)
        if ends_a_year(self.quarter):
            self.republics.keep()
        if self.quarter == self.last:
            self.stop()

    def end(self) -> None:
        """An experiment holds on to every model; what is ours and not the tool's should not count as its memory."""
        del self.streams, self.forcing, self.world

    def look(self) -> None:
        """The world as everybody finds it this quarter."""
        self.world = {name: getattr(self.forcing, name)[..., 0] for name in FROM_OUTSIDE}

    def act(self, bonus: float) -> None:
        self.powers.move_effort()
        self.effort = np.array([power.effort for power in self.powers])
        self.republics.update_attraction()
        for republic in self.republics:
            republic.attraction_target[0] += bonus
        self.republics.update_influence()
        self.year_before = [*self.year_before[1:], self.share]
        self.work_out_shares()

    def work_out_shares(self) -> None:
        weight = np.exp(np.stack([republic.log_ratio for republic in self.republics], axis=1))
        self.share = weight / (1.0 + weight.sum(axis=0))


def run_members(asked: Asked, members: int) -> np.ndarray:
    """Shares at year ends, (members, years, p, r, c), of an experiment with one run per member."""
    sample = [{"member": member} for member in range(members)]
    table = (
        agentpy.Experiment(World, sample, record=True, asked=asked)
        .run(display=False)
        .variables.Republic
    )
    held = np.stack(list(table["held"]))  # by member, republic, year
    _, republics, _ = asked.parameter_source.inputs.cast.shape
    return held.reshape(members, republics, -1, *held.shape[1:]).transpose(0, 2, 3, 1, 4)
