"""What a saved plan keeps of plugins."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
from stagedoor.plugins import load_plugins
from stagedoor.sync.saved_plan import plugins_digest
print(plugins_digest(load_plugins([])))
"""


def digest(hash_seed: int) -> str:
    """Return the digest of the built-in plugins, as a process of its own makes it."""
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.check_output(command, env=environment, text=True)


def test_the_same_plugins_have_one_digest_in_every_process() -> None:
    assert len({digest(seed) for seed in range(1, 6)}) == 1
