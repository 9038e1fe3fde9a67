"""The parameters: their table, the posterior, and the ensemble of one scenario."""
