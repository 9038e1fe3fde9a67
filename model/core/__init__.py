"""What the rest of the model builds on: cast, calendar, diagnostics, YAML with places."""
