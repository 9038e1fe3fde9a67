"""What the rest of the model builds on: cast, calendar, diagnostics, "did you mean", YAML with the
place of every key."""
