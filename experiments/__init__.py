"""What people do with the model: run batches, compare and draw results, analyse, calibrate."""
