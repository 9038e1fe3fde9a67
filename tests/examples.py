"""How many random examples property tests try: `make test-all` asks for more."""

import os


def examples(usual: int) -> int:
    """The usual number, times STEPPE_EXAMPLES."""
    return usual * int(os.environ.get("STEPPE_EXAMPLES", "1"))
