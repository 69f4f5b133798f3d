"""Settings of a benchmark run: command-line options, with environment variables and ini keys of the same names."""

from idia.settings.resolving import resolve as resolve
from idia.settings.text_only import FEWEST_REFERENCES as FEWEST_REFERENCES
from idia.settings.text_only import MODES as MODES
from idia.settings.text_only import Mode as Mode
from idia.settings.text_only import n_references as n_references
from idia.settings.text_only import reference_file as reference_file
from idia.settings.text_only import text_only_modes as text_only_modes
from idia.settings.text_only import text_only_size as text_only_size
from idia.settings.values import TOY_MODEL as TOY_MODEL
from idia.settings.values import WORLD as WORLD
from idia.settings.values import Settings as Settings
