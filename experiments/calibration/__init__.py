"""Calibration: what the targets of the documents leave of the priors, sampled and checked.

`calibrate` runs the steps in this order, one module each:

1. `calibration_plan`: the history, the inputs and the `targets` from the documents.
2. `unknowns`: parameters, offsets, dates and slants as standard normals.
3. `simulated_draws`: history simulated with draws of them; `margins`, `observed`, `slants` and
   `likelihood`: what each target says of it.
4. `tempered_smc`: the sampler; `fit` runs it on all processors, resumed after interruption.
5. `fit_diagnostics`, `figures` and `report`: what the documents taught, as tables and a page.
6. `gates` and `resample`: whether a posterior sample is written, and which.
"""
