"""What acts on the model from outside: coded inputs and events, quarter by quarter."""
