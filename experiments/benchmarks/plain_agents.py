"""The baseline as somebody would write it in agentpy: agents with small arrays, one member a run.

The rules are written again here, from MODEL.md, and without what the baseline does not use. Coded
inputs, events, drawn parameters and noise are those of the model.
"""

from __future__ import annotations

import agentpy  # type: ignore[import-untyped]
import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import is_year_end
from steppe.model.forcing.forcing import Forcing
from steppe.model.parameters.draw import draw_ensemble

from .workload import Workload

SPINUP = 120  # quarters without noise before the first
WORLD = ["interests", "needs", "ties", "membership", "supply", "relations", "ln_means", "threat"]
WORLD += ["tolerance", "urges"]
MEMBER = ["theta", "beta", "gamma", "eta", "iota", "lambda_", "phi", "chi", "rate", "sigma"]
MEMBER += ["alpha", "tau_0", "rho", "psi", "b", "zeta"]
EFFORT_RATE = 1.0 - 2.0**-0.5


class Power(agentpy.Agent):  # type: ignore[misc]
    """Spreads one unit of effort over republics and channels, shape (r, c)."""

    def setup(self, index: int) -> None:
        shape = self.model.share.shape[1:]
        self.index, self.effort = index, np.full(shape, 1.0 / np.prod(shape))

    def move_effort(self) -> None:
        member, world, share = self.model.member, self.model.world, self.model.share
        own, lost = share[self.index], self.model.year_before[0][self.index] - share[self.index]
        rivals = np.tensordot(world["relations"][self.index], share, 1)
        worth = member["iota"] * world["interests"][self.index] + np.log(own * (1.0 - own))
        worth += member["phi"] * np.maximum(lost, 0.0) + member["chi"] * rivals
        score = member["lambda_"] * worth + world["urges"][self.index]
        target = np.exp(score - score.max())
        self.effort += EFFORT_RATE * (target / target.sum() - self.effort)


class Republic(agentpy.Agent):  # type: ignore[misc]
    """Grants influence to powers in channels, shape (p, c), or keeps it."""

    def setup(self, index: int) -> None:
        self.index, self.log_ratio = index, np.zeros(self.model.share[:, index].shape)

    def update_influence(self, bonus: float, noise: FloatArray) -> None:
        member, world, here = self.model.member, self.model.world, self.index
        effort = np.array([power.effort[here] for power in self.model.powers])
        tolerated = member["tau_0"] + world["tolerance"][here]
        tolerated += member["psi"] * world["threat"][here]
        excess = np.maximum(self.model.share[:, here].mean(axis=1) - tolerated, 0.0)
        means = (world["ln_means"] + member["b"])[:, None]
        target = member["beta"] * world["ties"][:, here]
        target = target + member["gamma"] * world["membership"][:, here] - member["alpha"][here]
        target += member["eta"] * world["needs"][here] * world["supply"]
        effort_weight = means + np.log(self.model.share[0].size * effort + 0.05)
        target += member["theta"] * effort_weight - member["rho"] * excess[:, None]
        target[0] += bonus
        self.log_ratio += member["rate"] * (target - self.log_ratio) + member["sigma"] * noise


class World(agentpy.Model):  # type: ignore[misc]
    """One member, from the start of the spin-up to the end of the scenario."""

    def setup(self, work: Workload) -> None:
        scenario, source, members = work.scenario, work.source, np.array([self.p.member])
        inputs, posterior, seed = source.inputs, source.posterior, work.seed
        drawn = draw_ensemble(scenario.parameters, inputs, seed, members, posterior)
        dates = posterior.event_quarters(members) if posterior else None
        delta = getattr(drawn, "delta")  # noqa: B009
        self.member = {name: getattr(drawn, name)[..., 0] for name in MEMBER}
        self.forcing = Forcing(inputs, scenario.events, delta, seed, members, dates)
        self.streams, self.last, self.quarter = work.streams(members), scenario.last, -1
        self.share = np.full(inputs.cast.shape, 1.0 / (1 + inputs.cast.shape[0]))
        self.year_before = [self.share] * 4
        self.records: list[FloatArray] = []
        self.powers = [Power(self, index=index) for index in range(self.share.shape[0])]
        self.republics = [Republic(self, index=index) for index in range(self.share.shape[1])]
        self.read_world()
        for _ in range(SPINUP):
            self.act(self.member["zeta"], np.zeros(self.share.shape))

    def step(self) -> None:
        self.quarter += 1
        self.forcing.advance(self.quarter, self.share[..., None])
        self.read_world()
        self.act(0.0, self.streams.next()[:, 0].reshape(self.share.shape))
        if is_year_end(self.quarter):
            self.records.append(self.share)
        if self.quarter == self.last:
            self.stop()

    def end(self) -> None:
        """Report the shares, and drop what an experiment would keep of every run."""
        self.report("shares", np.stack(self.records))
        del self.streams, self.forcing, self.world

    def read_world(self) -> None:
        self.world = {name: getattr(self.forcing, name)[..., 0] for name in WORLD}

    def act(self, bonus: float, noise: FloatArray) -> None:
        for power in self.powers:
            power.move_effort()
        for republic in self.republics:
            republic.update_influence(bonus, noise[:, republic.index])
        self.year_before = [*self.year_before[1:], self.share]
        weight = np.exp(np.stack([republic.log_ratio for republic in self.republics], axis=1))
        self.share = weight / (1.0 + weight.sum(axis=0))


def run_with_agentpy(work: Workload, members: int) -> FloatArray:
    """Shares at year ends, (members, years, p, r, c), of an experiment with a run per member."""
    sample = [{"member": member} for member in range(members)]
    results = agentpy.Experiment(World, sample, work=work).run(display=False)
    return np.stack(list(results.reporters["shares"]))
