"""Weights from documents: prior draws through history, scored by the targets, resampled."""
