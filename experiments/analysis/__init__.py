"""What matters, how much it takes, under which conditions, and what to do."""
