"""What lies on disk: results in Zarr, the manifest, histograms, files written whole."""
