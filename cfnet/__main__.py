"""The entry point of `python -m cfnet` and of the installed `cfnet`."""

import os
import sys


def main() -> None:
    """Run cfnet and exit."""
    try:
        import gc

        # Commands are short-lived and allocate tens of thousands of values: garbage collection costs time for nothing.
        gc.disable()
        if sys.argv[1:2] == ["__complete"]:
            from cfnet.cli.completion.answer import run_completion  # TAB has no time to load click

            run_completion()
            return
        from cfnet.cli.early_start import connect_early

        early = connect_early(sys.argv[1:], os.environ)
        from cfnet.cli.process import run_process  # while the connection is being opened
    except KeyboardInterrupt:
        sys.exit(130)
    run_process(early)


if __name__ == "__main__":
    main()
