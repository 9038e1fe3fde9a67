"""The equations as fast as they come here: compiled where the extra `steppe[fast]` is installed, else plain; results are the same."""

try:
    from . import kernels as equations
except ImportError:
    from . import equations

__all__ = ["equations"]
