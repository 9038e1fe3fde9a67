"""What acts on the model from outside, quarter by quarter: coded inputs, the `effects` of events,
when they begin (`dates`), and coded inputs as events change them (`shocks`)."""
