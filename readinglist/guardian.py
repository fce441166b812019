"""A small process that outlives a killed supervisor and ends what did not end with it.

The kernel's tie asks the children to end, but one may wait for ever, as a worker does whose Redis has gone with the
rest. Its stdin brings `guard` or `forget` with the number of a process group; then `done`, or just an end when the
supervisor has died.
"""

import os
import signal
import sys
import time
from contextlib import suppress


def main(grace_seconds: float) -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        word, _, number = line.strip().partition(" ")
        if word == "done":
            return
        if word == "guard":
            groups.add(int(number))
        else:  # it has ended: its number may become anyone's
            groups.discard(int(number))
    if sys.platform != "linux":  # no tie there: nobody has asked them yet
        for group in groups:
            with suppress(OSError):
                os.kill(group, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while any(map(is_left, groups)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)


def is_left(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(float(sys.argv[1]))
