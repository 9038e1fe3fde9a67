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
from numpy.random.bit_generator import ISeedSequence

from .arrays import aligned

CHUNK = 64
WORD = 2**64 - 1
SLAB = 16  # quarters drawn at once: enough to amortise the call; twice as many gain nothing


def key(seed: int, purpose: str, *names: str) -> int:
    """The 128-bit key of a named stream."""
    text = "\x1f".join((str(int(seed)), purpose, *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")


class _Key(ISeedSequence):
    """A key that Philox takes as it is; asked for its key in so many words, it first gathers randomness that it then has no use for."""

    def __init__(self, stream_key: int):
        self._words = np.array([stream_key & WORD, stream_key >> 64], dtype=np.uint64)

    def generate_state(self, n_words: int, dtype: type = np.uint32) -> np.ndarray:
        return self._words


def generators(stream_key: int, chunks: np.ndarray) -> list[np.random.Generator]:
    """The generator of each of these chunks of 64 members in one stream."""
    held, counters = _Key(stream_key), np.zeros((len(chunks), 4), dtype=np.uint64)
    counters[:, 2] = chunks
    return [np.random.Generator(np.random.Philox(held, counter=counter)) for counter in counters]


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
    drawn = np.concatenate([generator.random(CHUNK) for generator in generators(stream, chunks)])
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
        self._drawn = _Slabs([generators(key(seed, purpose, *cell), chunks) for cell in cells])
        self._columns = None if np.array_equal(columns, np.arange(len(chunks) * CHUNK)) else columns
        self._used = 0

    def next(self) -> np.ndarray:
        """The next quarter's noise, (cells, m). Valid until the following call."""
        number, place = divmod(self._used, SLAB)
        noise = self._drawn.slab(number)[place]
        self._used += 1
        return noise if self._columns is None else noise[:, self._columns]

    def branch(self) -> NormalStreams:
        """The same noise from the present quarter on, to be read apart; what one has drawn the other finds."""
        other = copy(self)
        self._drawn.keeps = True
        return other


class _Slabs:
    """Noise as it is drawn, `SLAB` quarters at once, (quarters, cells, members of all chunks).

    Only the last slab is at hand, unless `keeps` says that several read it.
    """

    def __init__(self, generators: list[list[np.random.Generator]]):
        self._generators, self._slabs = generators, {}
        self._drawn = aligned(len(generators[0]), SLAB, CHUNK)  # of one cell, as its streams give it
        self.keeps = False

    def slab(self, number: int) -> np.ndarray:
        """A slab by its number, at most one beyond the last."""
        if number not in self._slabs:
            last = self._slabs.pop(number - 1, None) if not self.keeps else None
            self._slabs[number] = self._filled(last)
        return self._slabs[number]

    def _filled(self, slab: np.ndarray | None) -> np.ndarray:
        chunks = len(self._drawn)
        if slab is None:
            slab = aligned(SLAB, len(self._generators), chunks * CHUNK)
        for cell, generators in enumerate(self._generators):
            for part, chunk_generator in zip(self._drawn, generators, strict=True):
                chunk_generator.standard_normal(out=part)
            slab[:, cell].reshape(SLAB, chunks, CHUNK)[...] = self._drawn.swapaxes(0, 1)
        return slab
