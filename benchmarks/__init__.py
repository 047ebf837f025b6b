"""Measurements of a running exomock; `python -m benchmarks`. Figures only, never a verdict."""
