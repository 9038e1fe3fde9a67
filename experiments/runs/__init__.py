"""Running a batch: blocks, processes, clusters, shared histories, verification."""
