"""Ways to compute the equations: NumPy, or loops compiled by Numba; same results, other speed."""
