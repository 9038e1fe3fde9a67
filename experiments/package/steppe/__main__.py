"""`python -m steppe`: the command line."""

import sys
from pathlib import Path

if not sys.flags.safe_path and Path(sys.path[0]) != Path(__file__).parents[1]:
    del sys.path[0]  # the working folder: files there are not packages of ours

from steppe.experiments.cli.app import main

main()
