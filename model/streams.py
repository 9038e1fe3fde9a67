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
from hashlib import blake2b

import numpy as np

CHUNK = 64


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

    SLAB = 8  # quarters drawn at once: enough to amortise the call, few enough for the cache

    def __init__(self, seed: int, purpose: str, cells: Sequence[tuple[str, ...]], members: np.ndarray):
        chunks, self._columns = chunks_of(np.asarray(members))
        self._generators = [
            [generator(key(seed, purpose, *cell), chunk) for chunk in chunks] for cell in cells
        ]
        width = len(chunks) * CHUNK
        self._slab = np.empty((self.SLAB, len(cells), width))
        self._whole = np.array_equal(self._columns, np.arange(width))
        self._scratch = np.empty((self.SLAB, CHUNK))
        self._used = self.SLAB

    def next(self) -> np.ndarray:
        """The next quarter's noise, (cells, m). Valid until the following call."""
        if self._used == self.SLAB:
            self._refill()
        noise = self._slab[self._used]
        self._used += 1
        return noise if self._whole else noise[:, self._columns]

    def _refill(self) -> None:
        for row, chunk_generators in enumerate(self._generators):
            for number, chunk_generator in enumerate(chunk_generators):
                chunk_generator.standard_normal(out=self._scratch)
                self._slab[:, row, number * CHUNK : (number + 1) * CHUNK] = self._scratch
        self._used = 0
