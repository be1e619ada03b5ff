"""Speed, as ratios within one run; nothing here is a test. Run a module: `python -m tests.benchmarks.startup`."""
