"""The simulated world. `model` keeps its state, the shares now and over the last year, and steps
the `agents`; `equations` defines what these compute."""
