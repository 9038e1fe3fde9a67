"""What blocks of a scenario have in common, sent once to a cluster and not with every block.

The scheduler of Dask keeps it, since any worker may end; a worker fetches it when it first
meets a block of that scenario. A block with all its inputs has about 600 kB, without them 1 kB.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from steppe.model.core.optional_packages import import_package

from .block import Block, BlockResult

KEPT = "steppe-inputs"  # in the metadata of the scheduler
_fetched: dict[str, tuple[Any, Any]] = {}  # scenario and parameter source, by key


@dataclass(frozen=True)
class LightBlock:
    """A block without its scenario and parameter source, which lie under a key."""

    key: str
    name: str
    rest: dict[str, Any]

    def complete(self) -> Block:
        """The block, with what this process has fetched or fetches now."""
        if self.key not in _fetched:
            distributed: Any = import_package("cluster", "distributed")
            data = distributed.get_client().get_metadata([KEPT, self.key])
            _fetched[self.key] = pickle.loads(data)
        scenario, source = _fetched[self.key]
        return Block(scenario=scenario, parameter_source=source, **self.rest)


class SharedInputs:
    """Blocks made light, and their inputs kept by the scheduler of a client."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._keys: dict[tuple[int, int], tuple[str, Any]] = {}

    def lighten(self, block: Block) -> LightBlock:
        """The block without its inputs, which are sent if they are new."""
        inputs = (block.scenario, block.parameter_source)
        known = (id(block.scenario), id(block.parameter_source))
        if known not in self._keys:
            data = pickle.dumps(inputs)
            key = hashlib.sha256(data).hexdigest()[:32]
            self._client.set_metadata([KEPT, key], data)
            _fetched[key] = inputs
            self._keys[known] = (key, inputs)  # held, so that no other object gets their ids
        rest = {name: value for name, value in vars(block).items() if name not in INPUTS}
        return LightBlock(self._keys[known][0], block.key, rest)


INPUTS = ("scenario", "parameter_source")


@dataclass(frozen=True)
class SharingPool:
    """An executor that sends blocks without the inputs that they share."""

    executor: Any
    inputs: SharedInputs

    def submit(self, function: Callable[[LightBlock], BlockResult], block: Block) -> Any:
        """Submit a block."""
        return self.executor.submit(function, self.inputs.lighten(block))

    def shutdown(self, wait: bool = True) -> None:
        """Release what the executor holds."""
        self.executor.shutdown(wait=wait)
