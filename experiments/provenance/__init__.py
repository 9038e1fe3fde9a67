"""Where a number comes from: explanations and coverage by evidence."""
