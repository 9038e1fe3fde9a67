"""The same quarter written for JAX: compiled whole, members as an axis, in 64 bits.

Forcing and noise are those of the model and are there before the clock starts, for the model as
for JAX. What is timed is what powers and republics do in a quarter. Shares must agree to 1e-9.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from time import perf_counter, process_time
from typing import Any, cast

import numpy as np

from steppe.model.backends.choice import compiled_backend, use_backend
from steppe.model.core.array_types import FloatArray
from steppe.model.core.errors import IncompleteRunError
from steppe.model.model import InfluenceModel

from .lower_bound import Workload
from .measure import Record

Arrays = dict[str, Any]
FORCED = (
    "interests", "relations", "urges", "ties", "membership", "needs", "supply", "ln_means",
    "threat", "tolerance", "wariness",
)  # fmt: skip
DRAWN = (
    "lambda_", "iota", "phi", "chi", "psi", "tau_0", "alpha", "beta", "gamma", "eta", "theta",
    "rho", "rate", "sigma", "b",
)  # fmt: skip
EFFORT_RATE, EFFORT_FLOOR = 1.0 - 2.0 ** (-1.0 / 2.0), 0.05  # of equations 3 and 4 of MODEL.md
TOLERANCE = 1e-9


class GivenNoise:
    """Noise that was drawn before, in place of the streams of a model."""

    def __init__(self, quarters: list[FloatArray]) -> None:
        self._quarters = iter(quarters)

    def next(self) -> FloatArray:
        """The noise of the next quarter."""
        return next(self._quarters)


@contextmanager
def jax_on(threads: int) -> Iterator[Any]:
    """JAX with 64 bits, on so many of the processors of this process where the system can say so.

    What JAX took when it was first used in a process, it keeps.
    """
    limited = hasattr(os, "sched_setaffinity")
    allowed = os.sched_getaffinity(0) if limited else set()
    try:
        if limited:
            os.sched_setaffinity(0, sorted(allowed)[:threads])
        jax = import_module("jax")
        jax.config.update("jax_enable_x64", True)
        yield jax
    finally:
        if limited:
            os.sched_setaffinity(0, allowed)


def make_quarter(jax: Any, cells: int, channels: int) -> Callable[..., Arrays]:
    """The function of one quarter, compiled when it is first called with arrays of a shape.

    state : log_ratio, effort, share, and year, the shares of the last four quarters.
    """
    jnp = jax.numpy

    def quarter(state: Arrays, forced: Arrays, drawn: Arrays, noise: Any) -> Arrays:
        share, loss = state["share"], jnp.maximum(state["year"][0] - state["share"], 0.0)
        views = forced["relations"][:, :, None, None]  # a matrix product takes twice as long
        rivalry = sum(views[:, power] * held for power, held in enumerate(share))
        worth = jnp.log(share * (1.0 - share)) + drawn["iota"] * forced["interests"]
        worth = worth + drawn["phi"] * loss + drawn["chi"] * rivalry
        logits = drawn["lambda_"] * worth + forced["urges"]
        target = jax.nn.softmax(logits.reshape(len(logits), cells, -1), axis=1)
        effort = state["effort"]
        effort = effort + EFFORT_RATE * (target.reshape(effort.shape) - effort)
        dependence = share.sum(axis=2) / channels
        tolerated = drawn["tau_0"] + forced["tolerance"] + drawn["psi"] * forced["threat"]
        excess = jnp.maximum(dependence - tolerated, 0.0)
        pull = drawn["beta"] * forced["ties"] + drawn["gamma"] * forced["membership"]
        pull = pull + drawn["eta"] * forced["needs"] * forced["supply"][:, None]
        pull = pull - (drawn["alpha"] + forced["wariness"])[:, :, None]
        means = (forced["ln_means"] + drawn["b"])[:, None, None]
        pull = pull + drawn["theta"] * (means + jnp.log(effort * cells + EFFORT_FLOOR))
        pull = pull - drawn["rho"] * excess[:, :, None]
        log_ratio = state["log_ratio"]
        log_ratio = log_ratio + drawn["rate"] * (pull - log_ratio) + drawn["sigma"] * noise
        weight = jnp.exp(log_ratio)
        return {
            "log_ratio": log_ratio,
            "effort": effort,
            "share": weight / (1.0 + weight.sum(axis=0)),
            "year": (*state["year"][1:], share),
        }

    return cast(Callable[..., Arrays], jax.jit(quarter, donate_argnums=0))


def recorded_quarters(model: InfluenceModel) -> Iterator[tuple[Arrays, FloatArray]]:
    """Run a model; yield the forcing of each quarter, and the shares that it gives."""
    for _ in model.run():
        if model.forcing.routes:
            raise IncompleteRunError("the quarter for JAX sends no effort elsewhere")
        yield {name: getattr(model.forcing, name).copy() for name in FORCED}, model.share.copy()


def draw_noise(work: Workload, members: int, quarters: int) -> list[FloatArray]:
    """The noise of a model in each quarter, as its streams give it."""
    numbers = np.arange(members)
    streams = work.model(numbers)._noise
    assert streams is not None
    return [streams.next().copy() for _ in range(quarters)]


def model_seconds(work: Workload, members: int, noise: list[FloatArray]) -> float:
    """Seconds of processor that the model spends on what JAX computes."""
    model = work.model(np.arange(members))
    model._noise = GivenNoise(noise)  # type: ignore[assignment]
    spent, advance = 0.0, model.forcing.advance

    def untimed(quarter: int, share: FloatArray) -> None:
        nonlocal spent
        started = process_time()
        advance(quarter, share)
        spent -= process_time() - started

    model.forcing.advance = untimed  # type: ignore[method-assign]
    started = process_time()
    for _ in noise:
        model.step()
    spent += process_time() - started
    model.release()
    return spent


def jax_quarters(members: int, threads: int, quarters: int = 0) -> Record:
    """Quarters of the baseline by JAX and by the compiled equations of the model.

    Parameters
    ----------
    threads : processors that JAX may use. quarters : by default all of the baseline.

    Returns
    -------
    seconds, spent : of a clock and of processors, by JAX. ours : of one processor, by the model.
    difference : the largest between shares.
    """
    use_backend(compiled_backend())
    with jax_on(threads) as jax:
        work = Workload()
        noise = draw_noise(work, members, quarters or work.scenario.quarters)
        record = time_jax(jax, work, members, noise)
        ours = model_seconds(work, members, noise)
    use_backend(None)
    return record | {"members": members, "quarters": len(noise), "ours": ours}


def time_jax(jax: Any, work: Workload, members: int, noise: list[FloatArray]) -> Record:
    """What JAX takes for the quarters of some members, after a round that compiles and compares."""
    model, convert = work.model(np.arange(members)), jax.numpy.array
    powers, republics, channels = model.cast.shape
    shape = (republics, powers, channels, members)
    given = [convert(row.reshape(shape).swapaxes(0, 1)) for row in noise]
    drawn = {name: convert(getattr(model.parameters, name)) for name in DRAWN}
    start: Arrays = {name: convert(getattr(model, name)) for name in ("log_ratio", "effort")}
    start |= {"share": convert(model.share), "year": tuple(map(convert, model.recent_shares))}
    recorded = [row for row, _ in zip(recorded_quarters(model), noise, strict=False)]
    forced = [jax.tree.map(convert, row) for row, _ in recorded]
    step = make_quarter(jax, republics * channels, channels)

    def run() -> Iterator[Arrays]:
        state = jax.tree.map(convert, start)  # as each call gives its arrays away
        for forcing, of_quarter in zip(forced, given, strict=True):
            state = step(state, forcing, drawn, of_quarter)
            yield state

    furthest = max(
        float(np.abs(np.asarray(state["share"]) - expected).max())
        for state, (_, expected) in zip(run(), recorded, strict=True)
    )
    if not furthest <= TOLERANCE:
        raise IncompleteRunError(f"shares by JAX differ from the model's by {furthest:.2g}")
    started, spent = perf_counter(), process_time()
    *_, last = run()
    jax.block_until_ready(last)
    seconds, spent = perf_counter() - started, process_time() - spent
    return {"seconds": seconds, "spent": spent, "difference": furthest}
