"""Speed, as ratios within one run. Nothing here is a test: run a module by hand, as `python -m tests.benchmarks.startup`."""
