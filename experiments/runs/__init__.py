"""Running a batch: its request, members in a `block`, processes, clusters, histories that
scenarios share, and `verification` of what was stored."""
