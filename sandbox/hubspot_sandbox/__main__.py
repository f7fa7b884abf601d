"""Serves the sandbox portal: `hubspot-sandbox --port 8025 --data portal.db`."""

from __future__ import annotations

import argparse
from pathlib import Path

from hubspot_sandbox.server import serve
from hubspot_sandbox.wire.limits import ALLOWANCES


def main() -> None:
    """Read the command line and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="hubspot-sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8025, help="port; 0 picks a free one")
    parser.add_argument(
        "--data", type=Path, default=Path("sandbox.db"), help="SQLite file that keeps the portal"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of shuffled results and faults")
    parser.add_argument(
        "--limits", choices=sorted(ALLOWANCES), help="limit calls as this kind of account does"
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when standard input ends"
    )
    options = parser.parse_args()
    serve(
        options.data,
        host=options.host,
        port=options.port,
        seed=options.seed,
        account=options.limits,
        exit_with_parent=options.exit_with_parent,
    )


if __name__ == "__main__":
    main()
