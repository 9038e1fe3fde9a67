"""Where a number comes from: explanations and evidence coverage."""
