"""A real pretix for tests: installed, served, filled, and read again with no code of Stagedoor."""
