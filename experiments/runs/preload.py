"""What the fork server imports once, so that every worker begins with all that a block needs."""

import gc

gc.disable()  # nothing of what is imported is ever garbage
import mesa  # noqa: E402, F401 - before all others: it looks through every module there is
import zarr  # noqa: E402, F401

from steppe.model import model as influence  # noqa: E402, F401

from . import executors  # noqa: E402, F401

gc.freeze()  # workers share these pages, as none of them ever marks what is in them
gc.enable()
