"""What people do with the model: run batches of scenarios, look at them, ask them, calibrate it.

The command `steppe` is the way in; from Python, these names, imported when first used.
"""

from importlib import import_module

_HOMES = {"Request": "batch", "run_batch": "batch", "Weighting": "weighting", "open_results": "store",
          "load_manifest": "manifest", "summarise": "summary"}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
