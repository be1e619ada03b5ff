"""Speed, as ratios within one run; these are not tests. Run a module: `python -m tests.benchmarks.startup`."""
