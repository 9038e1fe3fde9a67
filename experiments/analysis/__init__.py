"""Questions put to the model: what matters, how much it would take, under which conditions, and what to do."""
