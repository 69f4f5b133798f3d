"""Errors as a command shows them: a message, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

import click

from idia.errors import IdiaError

_INTERRUPTED = 130  # what a shell reports for a process that ended by Ctrl-C


@final
class _Failure(click.ClickException):
    """One clean line on stderr, and exit code 2 as for a wrong option."""

    exit_code = 2


@contextmanager
def clean_errors(when_interrupted: str) -> Iterator[None]:
    """Turns the errors raised on purpose, and Ctrl-C, into a message without a traceback.

    Args:
        when_interrupted: What to tell somebody who pressed Ctrl-C.
    """
    try:
        yield
    except IdiaError as error:
        raise _Failure(str(error)) from None
    except KeyboardInterrupt:
        click.echo(f"\nInterrupted. {when_interrupted}", err=True)
        click.get_current_context().exit(_INTERRUPTED)
