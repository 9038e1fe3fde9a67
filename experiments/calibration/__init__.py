"""Calibration: prior draws, simulated history, likelihood, weights, diagnostics, resampling.

`calibrate` runs the steps in this order, one module each:

1. `calibration_plan`: the draws, the history, the inputs and the `targets` from the documents.
2. `prior_draws`: draw parameters from the priors and simulate history with each draw.
3. `margins`: what each target asks of the simulated shares.
4. `likelihood`: how well each draw agrees with each target, and how targets are tempered.
5. `importance_weights`: weights of the draws, Pareto-smoothed, and the gates they must pass.
6. `fit_diagnostics`, `figures` and `report`: what the documents taught, as tables and a page.
7. `resample`: the posterior sample that is written.
"""
