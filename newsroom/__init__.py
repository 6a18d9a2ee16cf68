"""Loopback replicas of the outlets: for the demo, the tests and the benchmarks."""
