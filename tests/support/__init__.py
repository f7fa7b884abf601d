"""What several tests need: scratch projects, portals, and an independent reading of the sample."""
