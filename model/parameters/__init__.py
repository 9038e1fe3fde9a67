"""The parameters: priors and meanings in `table`, the posterior and how members are drawn from
it, and the ensemble of one scenario."""
