"""What a batch shows, as numbers: statistics, paired `differences` and their sentences,
`comparison`, `attribution` to events, `summary` and `export`."""
