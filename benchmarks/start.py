"""How fast labelviz answers: start-up of the package and of the command line, against pandas.

Each command is run in turn, round by round, in a fresh process; the ratio is taken round by round.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
COMMANDS = {
    "import labelviz": [sys.executable, "-c", "import labelviz"],
    "labelviz --help": [sys.executable, "-m", "labelviz.cli", "--help"],
    "import pandas": [sys.executable, "-c", "import pandas"],
}
RIVAL = "import pandas"


def main() -> None:
    """Print the median seconds of each command and its ratio to the rival."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for round_number in range(ROUNDS + 1):
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            if round_number:
                seconds[name].append(time.perf_counter() - began)
    for name, times in seconds.items():
        ratios = [mine / rival for mine, rival in zip(times, seconds[RIVAL], strict=True)]
        print(
            f"{name:18}{statistics.median(times):7.3f} s   "
            f"{statistics.median(ratios):5.2f} x {RIVAL} ({min(ratios):.2f} to {max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
