"""How fast each stage is beside what one would use instead, measured in one run. No audit imports any of it."""
