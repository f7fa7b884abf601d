# What people run here. `just` comes with the environment: uv run just check

export MELTANO_CLI_DISABLE_VERSION_CHECK := "1"

_list:
    @just --list --unsorted

# ⭐ everything that must hold before a commit
check: lint typecheck contracts test docs-check

# ⭐ all tests, or some: just test tests/unit -k email
test *arguments:
    uv run --no-sync pytest {{ arguments }}

# ⭐ the main job: sample platform to sandbox portal
run:
    uv run --no-sync meltano run tap-platform target-hubspot

# ⭐ the sandbox portal, and its pages for a browser
sandbox *arguments:
    uv run --no-sync stagedoor sandbox {{ arguments }}

# 50,000 random lives on both sides, by a seed of its own: just two-ways 7
two-ways seed=`shuf -i 1-999999 -n 1` sequences="50000":
    @echo "seed {{ seed }}: just two-ways {{ seed }} {{ sequences }}"
    PYTHONHASHSEED=0 STAGEDOOR_SEED={{ seed }} STAGEDOOR_SEQUENCES={{ sequences }} uv run --no-sync pytest -s -n0 --timeout 0 tests/property/test_two_ways.py

# the service killed 20 times in a burst of 5,000 events from each side
kills kills="20" events="5000":
    STAGEDOOR_KILLS={{ kills }} STAGEDOOR_KILL_EVENTS={{ events }} uv run --no-sync pytest -n0 --timeout 0 tests/service/test_killed.py

# style and mistakes
lint:
    uv run --no-sync ruff check .
    uv run --no-sync ruff format --check .

# mend what the linters can mend
format:
    uv run --no-sync ruff check --fix .
    uv run --no-sync ruff format .

typecheck:
    uv run --no-sync mypy

# who may import whom
contracts:
    uv run --no-sync lint-imports --no-cache

# write the generated parts of the documents again
docs:
    cd tests && uv run --no-sync python -m docs.generate

# compare documents with code, and run their examples
docs-check:
    uv run --no-sync pytest -q tests/docs

# the tests of state on the oldest DuckDB that pyproject.toml allows
oldest-duckdb *arguments:
    uv pip install --quiet --target .oldest-duckdb "duckdb==$(sed -n 's/.*"duckdb>=\([0-9.]*\).*/\1/p' pyproject.toml)"
    PYTHONPATH="$PWD/.oldest-duckdb" uv run --no-sync pytest {{ if arguments == "" { "tests/state" } else { arguments } }}

# speed and memory beside the SDK's own no-op target
bench *arguments:
    uv run --no-sync python benchmarks/outbound.py {{ arguments }}
