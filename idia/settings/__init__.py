"""Settings of a benchmark run: command-line options, with environment variables and ini keys of the same names."""

from idia.settings.resolving import resolve as resolve
from idia.settings.values import TOY_MODEL as TOY_MODEL
from idia.settings.values import WORLD as WORLD
from idia.settings.values import Settings as Settings
