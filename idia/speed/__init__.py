"""How fast each stage is beside what one would use instead, measured in one run.

The pytest plugin asks `idia.speed.selection` which tests run; audits use nothing else of it.
"""
