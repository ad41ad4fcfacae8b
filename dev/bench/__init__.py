"""Benchmarks: how fast each stage is, as a ratio to a ceiling measured in the same run (docs/performance.md)."""
