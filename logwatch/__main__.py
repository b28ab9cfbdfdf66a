"""`logwatch` and `python -m logwatch`: a Ctrl-C at the start or the end leaves no traceback."""

import signal
import sys


def end_silently() -> None:
    """Let SIGINT end the process as the kernel does, where it is not ignored."""
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


end_silently()  # until `logwatch.cli` is loaded, which takes longer than this module


def main() -> int:
    """Run the program's own command line and return its exit code."""
    from logwatch.cli import main as run  # noqa: PLC0415

    try:
        return run()
    finally:
        end_silently()  # Python would print a traceback while it shuts down


if __name__ == "__main__":
    sys.exit(main())
