"""How fast the versioning engine is beside its peers: same rows, same server, medians; see docs/benchmarks.md."""
