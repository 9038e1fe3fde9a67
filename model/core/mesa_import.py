"""Mesa, without the packages that it imports for what the model does not use.

`import mesa` brings SciPy's spatial module, NetworkX and pandas, for spaces, networks and tables:
three quarters of its time. They are imported here when something of Mesa first uses them, and
whoever imports them by name gets them as ever. The standard library's `LazyLoader` loads them at
once: Mesa imports a function from one of them, and looks into every module that there is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["mesa"]

USED_LATER = ("networkx", "pandas", "scipy.spatial.distance")


class ModuleUsedLater(ModuleType):
    """Stands for a module, and imports it when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked of every module there is, by `inspect`
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        if sys.modules.get(self.__name__) is self:  # `from ... import` a function
            return self._function(name)
        return getattr(import_module(self.__name__), name)

    def _function(self, name: str) -> Callable[..., Any]:
        def call(*given: Any, **keys: Any) -> Any:
            return getattr(import_module(self.__name__), name)(*given, **keys)

        return call


@contextmanager
def imported_when_used(names: tuple[str, ...]) -> Iterator[None]:
    """Let what is imported meanwhile get these modules only once it uses them."""
    stand_ins = {name: ModuleUsedLater(name) for name in names if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


with imported_when_used(USED_LATER):
    import mesa  # type: ignore[import-untyped]
