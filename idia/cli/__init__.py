"""The ``idia`` command: the few jobs that are not tests."""

import click

import idia
from idia.cli.cache import cache
from idia.cli.compare import compare
from idia.cli.forget import forget
from idia.cli.plan import plan
from idia.cli.report import report
from idia.cli.train import train
from idia.cli.verify import verify
from idia.cli.world import world


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(idia.__version__, prog_name="idia")
def main() -> None:
    """Whose face and name has a CLIP-like model memorised?

    Benchmarks run with pytest; these commands do the rest.
    """


for _command in (train, world, forget, report, compare, verify, plan, cache):
    main.add_command(_command)
