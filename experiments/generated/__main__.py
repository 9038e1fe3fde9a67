"""`python -m steppe.experiments.generated`: refresh every generated file."""

from .refresh import main

main()
