"""What the fork server imports once, so that every worker starts with all that a block needs."""

import gc

gc.disable()  # nothing that is imported is ever garbage
# Mesa comes before all others, since it looks through every module there is.
from steppe.model.core import mesa_import  # noqa: E402, F401, I001
import zarr  # noqa: E402, F401

from steppe.model import model as influence  # noqa: E402, F401

from . import executors  # noqa: E402, F401

gc.freeze()  # workers share these pages, as none of them ever marks what is in them
gc.enable()
