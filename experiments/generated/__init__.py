"""Files made from something else, and the command that refreshes them."""
