"""Put the package's own files into a wheel, where Hatchling's path mapping cannot.

`experiments/package/steppe` becomes `steppe`, while the rest of `experiments` becomes
`steppe/experiments`: of nested folders Hatchling always applies the mapping of the outer one.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds `experiments/package/steppe` to wheels; an editable install finds it by its path."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"]["experiments/package/steppe"] = "steppe"
