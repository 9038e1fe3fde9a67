"""Tempered sequential Monte Carlo over standard normals (Del Moral, Doucet and Jasra 2006).

Particles start from the prior. The likelihood is raised to a temperature that grows from 0 to 1,
each time as far as the effective size allows; particles are resampled and then moved. Three kinds
of moves take turns: preconditioned Crank-Nicolson (Cotter et al. 2013) on all unknowns, the same
on a random block, and the same around a Gaussian fitted to the particles. Nothing needs
derivatives. Random numbers belong to the number of a move, and sums do not use threads, so a
sample has the same bytes wherever likelihoods are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from steppe.model.core.array_types import Array, FloatArray, IntArray
from steppe.model.random_streams import generators, key

LogLikelihood = Callable[[FloatArray, str], FloatArray]
"""ln likelihood (n,) of unknowns (d, n), -inf where they are not admissible; the second argument
names the evaluation, the same in every run."""

EFFECTIVE_PART = 0.8  # of the particles, which the next temperature leaves
STAGE_MOVES, FINAL_MOVES, MOST_FINAL_MOVES = 5, 16, 64
MOVES_BETWEEN_CHECKS = 4  # at the end, until particles forget where the last moves began
FORGOTTEN = 0.1  # median correlation with the start of the final moves
BLOCK_PART = 0.3  # of the unknowns in a random block
ACCEPTED = 0.3  # wanted part of proposals
STEPS = {"all": 0.4, "block": 0.6, "fitted": 0.4}  # first size of a step; 1 is a fresh draw
EACH_IN_TURN = tuple(STEPS)
# Where series are fitted, unknowns depend so much on each other that other moves hardly move them.
MOSTLY_FITTED = (*7 * ("fitted",), "all")
KEPT_STATES = 4  # of the final moves, the last with it
MAX_REDRAWS = 100


@dataclass(frozen=True)
class Progress:
    """How far a sample has come: temperature, and particles evaluated of those expected."""

    temperature: float
    done: int
    expected: int


@dataclass(frozen=True)
class TemperedSample:
    """A sample of n particles.

    prior : (d, n), where they started. states : (k, d, n), of the final moves, the last with it.
    roots : (n,), the first ancestor of each. temperatures : (stages,). correlation : (d,), of
    the last state with the start of the final moves. accepted : part of the final proposals.
    """

    prior: FloatArray
    states: FloatArray
    roots: IntArray
    temperatures: FloatArray
    correlation: FloatArray
    accepted: float

    @property
    def median_correlation(self) -> float:
        """Of the last state with the start of the final moves, over the unknowns."""
        return float(np.median(self.correlation))

    @property
    def effective_size(self) -> float:
        """Independent draws that would be as precise, from the spread between families.

        The variance of a mean over particles is estimated from sums over particles of one first
        ancestor (Lee and Whiteley 2018); the variances are averaged over the unknowns.
        """
        last = self.states[-1]
        return effective_size(last, self.roots)


def effective_size(values: FloatArray, roots: IntArray) -> float:
    """Effective size of particles (d, n) that descend from these roots (n,), at most n."""
    count = values.shape[1]
    centred = values - values.mean(axis=1, keepdims=True)
    families = np.stack([np.bincount(roots, row, count) for row in centred])
    inflation = (families**2).sum(axis=1) / (centred**2).sum(axis=1)
    return float(count / max(inflation.mean(), 1.0))


def draw_tempered_sample(
    log_likelihood: LogLikelihood,
    dimension: int,
    particles: int,
    seed: int,
    report: Callable[[Progress], None] = lambda progress: None,
    *,
    halves: bool = False,
    turns: Sequence[str] = EACH_IN_TURN,
) -> TemperedSample:
    """Sample unknowns that are standard normal a priori, given a likelihood.

    Parameters
    ----------
    halves : whether each half of the particles moves around the Gaussian of the other half. A
        particle that helps to fit its own proposals is drawn towards the middle, by about
        dimension / particles, which matters where there are many unknowns for few particles.
    turns : the kinds of moves, in turn.

    Raises
    ------
    RuntimeError
        If no admissible unknowns are found.
    """
    sampler = _Sampler(log_likelihood, dimension, particles, seed, report, halves, turns)
    prior = sampler.start()
    while sampler.temperature < 1.0:
        sampler.heat()
        for _ in range(STAGE_MOVES):
            sampler.move()
    return sampler.finish(prior)


class _Sampler:
    """Particles (d, n) at a temperature, their likelihood (n,) and roots (n,)."""

    def __init__(
        self,
        log_likelihood: LogLikelihood,
        dimension: int,
        particles: int,
        seed: int,
        report: Callable[[Progress], None],
        halves: bool,
        turns: Sequence[str],
    ):
        self._halves, self._turns = halves, turns
        self._log_likelihood, self._seed, self._report = log_likelihood, seed, report
        self._size = particles
        self.particles: FloatArray = np.zeros((dimension, particles))
        self.likelihood: FloatArray = np.full(particles, -np.inf)
        self.roots: IntArray = np.arange(particles)
        self.temperature = 0.0
        self.temperatures: list[float] = []
        self._steps = dict(STEPS)
        self._moves = self._done = 0

    def start(self) -> FloatArray:
        """Draw particles from the prior, anew where they are not admissible."""
        for attempt in range(MAX_REDRAWS):
            missing = np.flatnonzero(~np.isfinite(self.likelihood))
            if not len(missing):
                return self.particles.copy()
            drawn = self._random(f"start {attempt}").standard_normal(self.particles.shape)
            drawn = drawn[:, missing]
            self.particles[:, missing] = drawn
            self.likelihood[missing] = self._evaluate(drawn, f"start-{attempt:02d}")
        raise RuntimeError(f"no admissible unknowns in {MAX_REDRAWS} draws of some particles")

    def heat(self) -> None:
        """Raise the temperature as far as the effective size allows, and resample."""
        step = next_step(self.likelihood, 1.0 - self.temperature)
        last = step >= 1.0 - self.temperature
        self.temperature = 1.0 if last else self.temperature + step
        self.temperatures.append(self.temperature)
        weight = np.exp(step * (self.likelihood - self.likelihood.max()))
        uniform = float(self._random(f"resampling {len(self.temperatures)}").random())
        rows = resample_systematically(weight / weight.sum(), self._size, uniform)
        self.particles = self.particles[:, rows]
        self.likelihood, self.roots = self.likelihood[rows], self.roots[rows]

    def move(self) -> float:
        """Propose a move of every particle, and return the part that is accepted."""
        kind = self._turns[self._moves % len(self._turns)]
        random = self._random(f"move {self._moves}")
        proposed, bonus = self._propose(kind, random)
        likelihood = self._evaluate(proposed, f"move-{self._moves:03d}")
        with np.errstate(invalid="ignore"):
            gain = self.temperature * (likelihood - self.likelihood) + bonus
        accepted = np.log(random.random(self._size)) < gain
        accepted &= np.isfinite(likelihood)
        self.particles[:, accepted] = proposed[:, accepted]
        self.likelihood[accepted] = likelihood[accepted]
        part = float(accepted.mean())
        self._steps[kind] = float(
            np.clip(self._steps[kind] * np.exp(0.8 * (part - ACCEPTED)), 0.02, 1.0)
        )
        self._moves += 1
        return part

    def finish(self, prior: FloatArray) -> TemperedSample:
        """Move until particles have forgotten where these moves began."""
        start, states = self.particles.copy(), []
        parts: list[float] = []
        correlation = np.ones(len(start))
        while len(parts) < FINAL_MOVES or (
            np.median(correlation) >= FORGOTTEN and len(parts) < MOST_FINAL_MOVES
        ):
            for _ in range(MOVES_BETWEEN_CHECKS):
                parts.append(self.move())
            states.append(self.particles.copy())
            correlation = _row_correlations(start, self.particles)
        return TemperedSample(
            prior,
            np.stack(states[-KEPT_STATES:]),
            self.roots,
            np.array(self.temperatures),
            correlation,
            float(np.mean(parts)),
        )

    def _propose(
        self, kind: str, random: np.random.Generator
    ) -> tuple[FloatArray, FloatArray | float]:
        """Proposals (d, n), and what the logarithm of their acceptance gains by the prior."""
        step = self._steps[kind]
        if kind == "block":
            inside = random.random(len(self.particles)) < BLOCK_PART
        noise = random.standard_normal(self.particles.shape)
        kept = np.sqrt(1.0 - step**2)
        if kind == "fitted":
            return self._propose_fitted(step, kept, noise)
        proposed = kept * self.particles + step * noise
        if kind == "block":
            proposed = np.where(inside[:, None], proposed, self.particles)
        return proposed, 0.0

    def _propose_fitted(
        self, step: float, kept: float, noise: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Proposals around a Gaussian fitted to all particles, or to those of the other half."""
        here = [slice(None)]
        if self._halves:  # the first and the second, so that most families stay together
            here = [slice(self._size // 2), slice(self._size // 2, None)]
        proposed, bonus = np.empty_like(noise), np.empty(self._size)
        for own, others in zip(here, here[::-1], strict=True):
            fit, old = fit_gaussian(self.particles[:, others]), self.particles[:, own]
            new = fit.mean + kept * (old - fit.mean) + step * fit.scale(noise[:, own])
            proposed[:, own] = new
            bonus[own] = fit.log_ratio(new) - fit.log_ratio(old)
        return proposed, bonus

    def _evaluate(self, particles: FloatArray, name: str) -> FloatArray:
        likelihood = self._log_likelihood(particles, name)
        self._done += particles.shape[1]
        self._report(Progress(self.temperature, self._done, self._expected()))
        return likelihood

    def _expected(self) -> int:
        """Particles to be evaluated in all, judged by how temperatures have grown so far."""
        stages = expected_stages(self.temperatures)
        return max(self._size * (1 + STAGE_MOVES * stages + FINAL_MOVES), self._done)

    def _random(self, purpose: str) -> np.random.Generator:
        return generators(key(self._seed, "tempered sampling", purpose), np.array([0]))[0]


def expected_stages(temperatures: list[float], first_guess: int = 16) -> int:
    """How many stages a sample takes, if temperatures grow on as they did in the last stage."""
    if len(temperatures) < 2:
        return first_guess
    growth = np.log(temperatures[-1] / temperatures[-2])
    return len(temperatures) + int(np.ceil(-np.log(temperatures[-1]) / growth))


def next_step(log_likelihood: FloatArray, most: float) -> float:
    """The rise of the temperature, at most `most`, that leaves the wanted effective size."""
    above = log_likelihood - log_likelihood.max()

    def effective(step: float) -> float:
        weight = np.exp(step * above)
        return float(weight.sum() ** 2 / (weight**2).sum())

    wanted = EFFECTIVE_PART * len(above)
    if effective(most) >= wanted:
        return most
    low, high = 0.0, most
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) >= wanted else (low, middle)
    return high


def resample_systematically(weight: FloatArray, count: int, start: float) -> IntArray:
    """Positions drawn in proportion to weight (Kitagawa 1996), (count,).

    Parameters
    ----------
    weight : (n,). start : one uniform number in [0, 1).
    """
    points = (np.arange(count) + start) / count
    rows: IntArray = np.searchsorted(np.cumsum(weight), points * weight.sum(), side="right")
    return rows.clip(max=len(weight) - 1)


@dataclass(frozen=True)
class FittedGaussian:
    """A Gaussian: mean (d, 1), lower triangle of its covariance and the inverse of that."""

    mean: FloatArray
    lower: Array
    inverse: Array

    def scale(self, noise: FloatArray) -> FloatArray:
        """Standard normal noise (d, n) as deviations from the mean."""
        return _times(self.lower, noise)

    def log_ratio(self, values: FloatArray) -> FloatArray:
        """ln of the standard normal density over this one, up to a constant, (n,)."""
        white = _times(self.inverse, values - self.mean)
        ratio: FloatArray = 0.5 * (white**2).sum(axis=0) - 0.5 * (values**2).sum(axis=0)
        return ratio


def fit_gaussian(particles: FloatArray) -> FittedGaussian:
    """The Gaussian of particles (d, n), with correlations shrunk where particles are few."""
    dimension, count = particles.shape
    mean = particles.mean(axis=1, keepdims=True)
    centred = particles - mean
    covariance: Array = np.einsum("in,jn->ij", centred, centred) / count
    shrunk = min(0.9, 2.0 * dimension / count)
    covariance = (1.0 - shrunk) * covariance + shrunk * np.diag(np.diag(covariance))
    lower: Array = np.linalg.cholesky(covariance + 1e-3 * np.eye(dimension))
    inverse: Array = np.linalg.inv(lower)
    return FittedGaussian(mean, lower, inverse)


def _times(matrix: Array, values: FloatArray) -> FloatArray:
    """A matrix product whose bytes do not depend on the number of threads."""
    product: FloatArray = np.einsum("ij,jn->in", matrix, values)
    return product


def _row_correlations(first: FloatArray, second: FloatArray) -> FloatArray:
    one, two = (values - values.mean(axis=1, keepdims=True) for values in (first, second))
    norm = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))
    correlations: FloatArray = (one * two).sum(axis=1) / norm
    return correlations
