"""`python -m cfnet`, and what the installed `cfnet` starts."""

import sys


def main() -> None:
    """Run cfnet in this process and end it."""
    try:
        import gc  # noqa: PLC0415 - inside the guard against Ctrl-C

        # A command is short-lived and makes values by the ten thousand: collecting cycles costs and finds nothing.
        gc.disable()
        if sys.argv[1:2] == ["__complete"]:
            from cfnet.cli.completion.answer import run_completion  # noqa: PLC0415 - TAB has no time to load click

            run_completion()
            return
        from cfnet.cli.process import run_process  # noqa: PLC0415 - inside the guard against Ctrl-C
    except KeyboardInterrupt:
        sys.exit(130)
    run_process()


if __name__ == "__main__":
    main()
