"""What everything else rests on: cast, calendar, version, diagnostics, and YAML that knows its places."""
