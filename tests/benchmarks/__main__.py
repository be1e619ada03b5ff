"""All benchmarks, one after the other: `python -m tests.benchmarks` takes half an hour."""

from tests.benchmarks import growth, large_files, latency, rendering, startup

if __name__ == "__main__":
    for measure in (startup.main, latency.main, lambda: large_files.main(()), growth.main, rendering.main):
        measure()
        print()
