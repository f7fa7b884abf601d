"""How near a run comes to what HubSpot's limit allows: 110 calls in any ten seconds.

    python benchmarks/limits.py [--contacts 30000] [--others 0.3]

New contacts go into a sandbox portal that refuses the 111th call in ten rolling seconds, once
alone and once while another client uses `--others` of the allowance. It prints the calls, the
429s, and the seconds from the first call to the last as ratios to two bounds: the steady one,
(calls - allowance) / allowance * 10 s, and the one that no client can beat, 10 s for each whole
allowance before the last call. The whole process is told too, and one that starts a portal of
its own, where nothing is limited: the difference is what waiting costs. Beside another client the
allowance is what that client's answered calls leave of it; `theirs` are the calls it was refused.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from outbound import write_records

from hubspot_sandbox.testing import RunningSandbox, running_sandbox
from stagedoor.hubspot.limiter import InFile, Limiter
from stagedoor.hubspot.limits import Rules

ALLOWANCE, WINDOW = 110, 10.0


@dataclass
class Watch:
    """What happens at a portal while the target runs."""

    sandbox: RunningSandbox
    others: float
    """The other client's calls in ten seconds; 0 is nobody."""
    answered: int = 0
    refused: int = 0
    first: float = 0.0
    last: float = 0.0
    total: int = 0

    def look(self, client: httpx.Client) -> None:
        """Notice the target's first call and its latest."""
        counts = client.get("/_sandbox/stats").json()["by_status"]
        total = sum(n for status, n in counts.items() if status != "429") - self.answered
        if total > self.total:
            self.total, self.last = total, time.perf_counter()
            self.first = self.first or self.last

    def until(self, done: threading.Event) -> None:
        """Look often, and be the other client."""
        due = time.perf_counter()
        headers = {"Authorization": f"Bearer {self.sandbox.token}"}
        with httpx.Client(base_url=self.sandbox.url, headers=headers, timeout=60) as client:
            while not done.wait(0.05):
                self.look(client)
                while self.others and time.perf_counter() >= due:
                    status = client.get("/crm/v3/owners").status_code
                    self.refused += status == 429
                    self.answered += status != 429
                    due += WINDOW / self.others
            self.look(client)


def target(folder: Path, messages: Path, settings: dict[str, str]) -> float:
    """Run the target; return its seconds."""
    folder.mkdir(exist_ok=True)
    begun = time.perf_counter()
    with messages.open() as source:
        ended = subprocess.run(
            [sys.executable, "-m", "target_hubspot", "--config", "ENV"],
            stdin=source, cwd=folder, capture_output=True, text=True, check=False,
            env={**os.environ, "MELTANO_PROJECT_ROOT": str(folder), **settings},
        )  # fmt: skip
    if ended.returncode:
        raise SystemExit(f"the target ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return time.perf_counter() - begun


def run(folder: Path, messages: Path, others: float) -> tuple[float, Watch, int]:
    """Run the target on a limited portal; return its seconds, what was seen, and its 429s."""
    folder.mkdir()
    with running_sandbox(folder / "portal.db", "--limits", "oauth") as sandbox:
        settings = {
            "TARGET_HUBSPOT_PORTAL": "bench",
            "TARGET_HUBSPOT_PORTAL_URL": sandbox.url,
            "TARGET_HUBSPOT_ACCESS_TOKEN": sandbox.token,
            "TARGET_HUBSPOT_PROVISION": "apply",
            "TARGET_HUBSPOT_CALLS_PER_10_SECONDS": str(ALLOWANCE),
        }
        watch, done = Watch(sandbox, others), threading.Event()
        thread = threading.Thread(target=watch.until, args=(done,))
        thread.start()
        try:
            seconds = target(folder, messages, settings)
        finally:
            done.set()
            thread.join()
        throttled = httpx.get(f"{sandbox.url}/_sandbox/stats").json()["throttled"]
    return seconds, watch, throttled - watch.refused


def show(label: str, folder: Path, messages: Path, others: float = 0.0) -> None:
    """Measure one run and print it."""
    seconds, watch, throttled = run(folder, messages, others)
    calls, calling = watch.total, watch.last - watch.first
    left = ALLOWANCE - watch.answered / calling * WINDOW
    bounds = (calls - left) / left * WINDOW, (calls - 1) // left * WINDOW
    steady, least = (f"{calling / bound:.2f}" if bound > 0 else "-" for bound in bounds)
    print(
        f"{label:<20} {seconds:>9.1f} {calling:>8.1f} {calls:>7,} {throttled:>6} "
        f"{watch.refused:>7} {steady:>9} {least:>8}"
    )


def cost_of_a_call(folder: Path) -> float:
    """Return the milliseconds that a call's place costs, with a full window of the most allowed."""
    limiter = Limiter(Rules(250), time.time, time.sleep, InFile(folder))
    headers = {"x-hubspot-ratelimit-max": "250", "x-hubspot-ratelimit-remaining": "249"}
    begun = time.process_time()
    for _ in range(240):
        limiter.heed(headers, limiter.acquire())
    return (time.process_time() - begun) / 240 * 1_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=30_000)
    parser.add_argument("--others", type=float, default=0.3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="limits-bench-") as name:
        folder = Path(name)
        messages = folder / "messages.singer"
        write_records(messages, options.contacts)
        print(f"a call's place costs {cost_of_a_call(folder / 'cost'):.2f} ms of CPU")
        print(f"{options.contacts:,} new contacts, {ALLOWANCE} calls in any 10 s")
        free = target(folder / "free", messages, {})
        print(
            f"{'':<20} {'process s':>9} {'calls s':>8} {'calls':>7} {'429s':>6} {'theirs':>7}",
            end="",
        )
        print(f" {'/ steady':>9} {'/ least':>8}")
        print(f"{'no limit':<20} {free:>9.1f}")
        show("alone", folder / "alone", messages)
        show("beside another", folder / "beside", messages, options.others * ALLOWANCE)


if __name__ == "__main__":
    main()
