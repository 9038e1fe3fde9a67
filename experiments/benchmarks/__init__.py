"""How fast, how large, how soon: every figure of one table from one command, `make bench`."""
