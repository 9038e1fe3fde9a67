"""`python -m steppe`: the command line."""

from steppe.experiments.cli.app import main

main()
