"""What does an output depend on? Morris and Sobol."""
