"""The commands that speak to a running server: they need its client and click, nothing else."""
