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

import numpy as np

from .arrays import aligned

CHUNK = 64
SLAB = 8  # quarters drawn at once: enough to amortise the call, few enough for the cache


def key(seed: int, purpose: str, *names: str) -> int:
    """The 128-bit key of a named stream."""
    text = "\x1f".join((str(int(seed)), purpose, *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")


def generator(stream_key: int, chunk: int) -> np.random.Generator:
    """The generator of one chunk of 64 members in one stream."""
    return np.random.Generator(np.random.Philox(key=stream_key, counter=int(chunk) << 128))


def chunks_of(members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The chunks that hold these members, and each member's column in the chunks laid side by side."""
    chunks, inverse = np.unique(members // CHUNK, return_inverse=True)
    return chunks, inverse * CHUNK + members % CHUNK


def uniforms(seed: int, purpose: str, names: Sequence[str], members: np.ndarray) -> np.ndarray:
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
    drawn = np.concatenate([generator(stream, chunk).random(CHUNK) for chunk in chunks])
    return drawn[columns]


class NormalStreams:
    """Standard normal noise for a list of named cells, quarter after quarter.

    Parameters
    ----------
    seed, purpose : what the noise is for.
    cells : names of each cell, for example ("Russia", "Kazakhstan", "security").
    members : (m,) member numbers.
    """

    def __init__(self, seed: int, purpose: str, cells: Sequence[tuple[str, ...]], members: np.ndarray):
        chunks, columns = chunks_of(np.asarray(members))
        self._drawn = _Slabs([[generator(key(seed, purpose, *cell), chunk) for chunk in chunks] for cell in cells])
        self._quarter = aligned(len(cells), len(chunks), CHUNK)
        self._columns = None if np.array_equal(columns, np.arange(self._quarter[0].size)) else columns
        self._used = 0

    def next(self) -> np.ndarray:
        """The next quarter's noise, (cells, m). Valid until the following call."""
        number, place = divmod(self._used, SLAB)
        self._quarter[...] = self._drawn.slab(number)[:, :, place]
        self._used += 1
        noise = self._quarter.reshape(len(self._quarter), -1)
        return noise if self._columns is None else noise[:, self._columns]

    def branch(self) -> NormalStreams:
        """The same noise from the present quarter on, to be read apart; what one has drawn the other finds."""
        other = copy(self)
        other._quarter = aligned(*self._quarter.shape)
        self._drawn.keeps = True
        return other


class _Slabs:
    """Noise as it is drawn, `SLAB` quarters at once, (cells, chunks, quarters, CHUNK).

    Only the last slab is at hand, unless `keeps` says that several read it.
    """

    def __init__(self, generators: list[list[np.random.Generator]]):
        self._generators, self._slabs = generators, {}
        self.keeps = False

    def slab(self, number: int) -> np.ndarray:
        """A slab by its number, at most one beyond the last."""
        if number not in self._slabs:
            last = self._slabs.pop(number - 1, None) if not self.keeps else None
            self._slabs[number] = self._filled(last)
        return self._slabs[number]

    def _filled(self, slab: np.ndarray | None) -> np.ndarray:
        if slab is None:
            slab = aligned(len(self._generators), len(self._generators[0]), SLAB, CHUNK)
        for cell, generators in zip(slab, self._generators, strict=True):
            for part, chunk_generator in zip(cell, generators, strict=True):
                chunk_generator.standard_normal(out=part)
        return slab
