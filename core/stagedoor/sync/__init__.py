"""The main path: absorb, plan, push. Read `outbound` first."""
