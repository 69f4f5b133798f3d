"""``idia world``: a look at people who do not exist."""

from pathlib import Path

import click

from idia.cli.errors import clean_errors
from idia.errors import SettingError


@click.command()
@click.option(
    "--sheet", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The picture to write (.png)."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, help="Decides who exists.")
@click.option("--people", type=click.IntRange(1, 200), default=12, help="People, a row each.")
@click.option("--photos", type=click.IntRange(1, 100), default=10, help="Photos of each.")
@click.option("--side", type=click.IntRange(16, 256), default=96, help="Pixels a side of each photo; models see 32.")
def world(sheet: Path, seed: int, people: int, photos: int, side: int) -> None:
    """Draw a contact sheet of synthetic people: a row per person, then strangers and things."""
    with clean_errors("Nothing was written."):
        if sheet.suffix.lower() != ".png":
            raise SettingError(f"--sheet must name a .png file, got {str(sheet)!r}.")
        from idia.world import contact_sheet  # imports torch: not for --help

        picture = contact_sheet(seed, n_people=people, n_photos=photos, side=side)
        try:
            picture.save(sheet)
        except OSError as error:
            raise SettingError(f"cannot write {str(sheet)!r}: {(error.strerror or str(error)).lower()}.") from None
        click.echo(f"{sheet}: {people} people of world {seed}, {picture.width} x {picture.height} pixels")
