"""The command line: the group in `app`, and one module per verb that defines `command`."""
