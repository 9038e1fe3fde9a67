"""Random numbers that belong to a name, not to a place in a program.

A draw is a function of (seed, purpose, names, member, position) and of nothing else:
Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3". So a member's noise
is the same in every scenario, for any number of workers, any block and any cast.

The purpose and names are hashed into the key of a Philox generator; members come in
chunks of 64 that set the high word of its counter; within a chunk the position (a
quarter, say) comes first and the member second, so that a longer run only appends.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random.bit_generator import ISeedSequence

from steppe.model.core.aligned_arrays import aligned
from steppe.model.core.arguments import check_whole
from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.errors import RequestError

CHUNK = 64
WORD = 2**64 - 1
NO_LIMIT = 2**62  # quarters
# quarters drawn at once, at most: between two slabs every generator has left the cache; history
# is two of them, and can be forgotten
SLAB = 40
SLAB_BYTES = 2**25  # what they may take, which is 34 quarters of 2,048 members of the default cast
LEAST_SLAB = 8  # quarters drawn at once for however many members


def choose_seed(seed: Any = None, rng: Any = None) -> int:
    """The seed of a run, as Mesa has it: `seed` or `rng`, and drawn if there is neither.

    Parameters
    ----------
    seed : a whole number, 0 or more. rng : the same, or what `numpy.random.default_rng` takes.

    Raises
    ------
    RequestError
        If both are given, or one is nothing of the sort.
    """
    if seed is not None and rng is not None:
        raise RequestError("seed and rng are both given; give one of them")
    name, given = ("seed", seed) if rng is None else ("rng", rng)
    if given is not None and (name == "seed" or isinstance(given, (str, int, float, np.integer))):
        return check_whole(name, given, 0)
    try:
        return int(np.random.default_rng(given).integers(2**31))
    except (TypeError, ValueError):
        raise RequestError(
            f"{name} is {' '.join(repr(given).split())[:60]}; "
            "give a whole number, or what numpy.random.default_rng takes"
        ) from None


def key(seed: int, purpose: str, *names: str) -> int:
    """The 128-bit key of a named stream."""
    text = "\x1f".join((str(int(seed)), purpose, *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")


class _Key(ISeedSequence):
    """A key that Philox uses as it is; given as `key`, it would first gather unused randomness."""

    def __init__(self, stream_key: int):
        self._words = np.array([stream_key & WORD, stream_key >> 64], dtype=np.uint64)

    def generate_state(  # type: ignore[override]
        self, n_words: int, dtype: type = np.uint32
    ) -> npt.NDArray[np.uint64]:
        return self._words


def generators(stream_key: int, chunks: IntArray) -> list[np.random.Generator]:
    """The generator of each of these chunks of 64 members in one stream."""
    seed_key, counters = _Key(stream_key), np.zeros((len(chunks), 4), dtype=np.uint64)
    counters[:, 2] = chunks
    return [
        np.random.Generator(np.random.Philox(seed_key, counter=counter))  # type: ignore[arg-type]
        for counter in counters
    ]


def chunks_of(members: IntArray) -> tuple[IntArray, IntArray]:
    """The chunks with these members, and each member's column in the concatenated chunks."""
    chunks, inverse = np.unique(members // CHUNK, return_inverse=True)
    return chunks, inverse * CHUNK + members % CHUNK


def uniforms(seed: int, purpose: str, names: Sequence[str], members: IntArray) -> FloatArray:
    """One number in [0, 1) per member.

    Parameters
    ----------
    members : (m,) whole numbers, at least 0.

    Returns
    -------
    (m,) floats.
    """
    chunks, columns = chunks_of(np.asarray(members))
    stream = key(seed, purpose, *names)
    draws: FloatArray = np.concatenate(
        [generator.random(CHUNK) for generator in generators(stream, chunks)]
    )
    return draws[columns]


def normals(seed: int, purpose: str, names: Sequence[str], members: IntArray) -> FloatArray:
    """One standard normal per member, (m,); members as for `uniforms`."""
    chunks, columns = chunks_of(np.asarray(members))
    stream = key(seed, purpose, *names)
    draws: FloatArray = np.concatenate(
        [generator.standard_normal(CHUNK) for generator in generators(stream, chunks)]
    )
    return draws[columns]


class NormalStreams:
    """Standard normal noise for a list of named cells, quarter after quarter.

    Parameters
    ----------
    seed, purpose : what the noise is for.
    cells : names of each cell, for example ("Russia", "Kazakhstan", "security").
    members : (m,) member numbers.
    quarters : how many are expected to be used, to skip noise for others; more are available.
    """

    def __init__(
        self,
        seed: int,
        purpose: str,
        cells: Sequence[tuple[str, ...]],
        members: IntArray,
        quarters: int = NO_LIMIT,
    ):
        chunks, columns = chunks_of(np.asarray(members))
        self._slabs = _Slabs(
            [generators(key(seed, purpose, *cell), chunks) for cell in cells], columns
        )
        self._used, self._quarters = 0, quarters

    def next(self) -> FloatArray:
        """The next quarter's noise, (cells, m).

        Branches share the array: do not modify it, nor use it after the following call.
        """
        noise = self._slabs.quarter(self._used, self._quarters)
        self._used += 1
        return noise

    def branch(self, quarters: int = NO_LIMIT) -> NormalStreams:
        """The same noise from the present quarter on, read independently of this one."""
        other = copy(self)
        other._quarters, self._slabs.keeps = quarters, True
        return other

    def forget_past(self) -> None:
        """Free the noise of quarters gone by, which branches made so far may no longer ask for."""
        self._slabs.forget(self._used)


class _Slabs:
    """Noise drawn for many quarters at once, (quarters, cells, m).

    Only the last slab is stored, until `keeps` is set because of a branch; then all are.
    """

    def __init__(self, generators: list[list[np.random.Generator]], columns: IntArray):
        self._generators = generators
        self._slabs: dict[int, FloatArray] = {}
        self._known = 0  # quarters drawn so far
        in_chunks = CHUNK * len(generators[0])
        self._columns = None if np.array_equal(columns, np.arange(in_chunks)) else columns
        numbers = max(len(generators) * len(columns), in_chunks, 1)  # of a quarter
        length = min(SLAB, max(LEAST_SLAB, SLAB_BYTES // (8 * numbers)))
        self._shape = length, len(generators), len(columns)
        # draws of one cell, in the order of its streams
        self._cell_draws = aligned(len(generators[0]), length, CHUNK)
        self.keeps = False

    def quarter(self, quarter: int, wanted: int) -> FloatArray:
        """The noise of a quarter, at most one beyond the last known.

        Those that follow in its slab are drawn with it, up to `wanted` quarters.
        """
        length = self._shape[0]
        number, position = divmod(quarter, length)
        if quarter == self._known:
            self._draw(number, position, min(length, max(wanted - number * length, position + 1)))
        noise: FloatArray = self._slabs[number][position]
        return noise

    def forget(self, quarter: int) -> None:
        """Free the slabs that lie wholly before a quarter."""
        for number in [one for one in self._slabs if one < quarter // self._shape[0]]:
            del self._slabs[number]

    def _draw(self, number: int, first: int, last: int) -> None:
        """Quarters `first` to `last` (not included) of a slab."""
        if number not in self._slabs:
            spent = None if self.keeps else self._slabs.pop(number - 1, None)
            self._slabs[number] = aligned(*self._shape) if spent is None else spent
        draws, slab = self._cell_draws[:, : last - first], self._slabs[number][first:last]
        for cell, generators in enumerate(self._generators):
            for part, chunk_generator in zip(draws, generators, strict=True):
                chunk_generator.standard_normal(out=part)
            if self._columns is None:
                slab[:, cell].reshape(last - first, -1, CHUNK)[...] = draws.swapaxes(0, 1)
            else:
                slab[:, cell] = draws.swapaxes(0, 1).reshape(last - first, -1)[:, self._columns]
        self._known += last - first
