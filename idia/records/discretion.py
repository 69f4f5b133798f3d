"""No name of a person under attack may enter a record, by whatever text a user gives."""

import re
from collections.abc import Iterable, Mapping

from idia.errors import SettingError
from idia.spelling import name_key


def check_nobody_named(texts: Mapping[str, str | None], names: Iterable[str]) -> None:
    """Raises if a text that will be published holds the name of a person under attack.

    Spelling is set aside: case, Unicode form, and whatever stands between the words of a name.

    Args:
        texts: What will be published, by where it came from, such as `--idia-consent-basis`.
        names: The people under attack.

    Raises:
        SettingError: Says where the name stands, without repeating it.
    """
    searched = {_words(name) for name in names}
    for where, text in texts.items():
        words = f" {_words(text or '')} "
        if any(f" {name} " in words for name in searched):
            raise SettingError(
                f"{where} holds the name of a person under attack, and would be published with the results. "
                "Use a text, or rename the file or folder, so that it names nobody."
            )


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", name_key(text)))
