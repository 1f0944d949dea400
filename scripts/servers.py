"""Ports and waiting, for the scripts that start servers."""

import contextlib
import pathlib
import socket
import sys
import time


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(condition, what):
    """Waits until the condition is true, at most a minute. Returns its value."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if value := condition():
                return value
        time.sleep(0.1)
    sys.exit(f"{pathlib.Path(sys.argv[0]).stem}: {what}")
