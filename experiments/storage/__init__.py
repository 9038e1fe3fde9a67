"""What a batch is on disk: Zarr in `zarr_store`, the manifest, counts instead of members in
`histograms`, locks, addresses of buckets."""
