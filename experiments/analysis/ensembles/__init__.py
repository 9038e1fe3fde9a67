"""Ensembles for an analysis: factors, sampling, simulation."""
