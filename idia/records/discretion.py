"""No name of a person under attack may enter a record, by whatever text a user gives."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from idia.errors import SettingError
from idia.spelling import name_key

_LONG = 8  # letters; a shorter name may well stand in the middle of an innocent word


def check_nobody_named(texts: Mapping[str, str | None], names: Iterable[str]) -> None:
    """Raises if a text that will be published holds the name of a person under attack.

    Spelling is set aside: case, accents, what stands between the words of a name – or nothing, where the name is
    long – and whether the last name comes first.

    Args:
        texts: What will be published, by where it came from, such as `--idia-consent-basis`.
        names: The people under attack.

    Raises:
        SettingError: Says where the name stands, without repeating it.
    """
    searched = [spelling for name in names for spelling in _spellings(name)]
    for where, text in texts.items():
        words = _words(text or "")
        spaced, joined = f" {' '.join(words)} ", "".join(words)
        for name in searched:
            if f" {' '.join(name)} " in spaced or (len("".join(name)) >= _LONG and "".join(name) in joined):
                raise SettingError(
                    f"{where} holds the name of a person under attack, and would be published with the results. "
                    "Use a text, or rename the file or folder, so that it names nobody."
                )


def _spellings(name: str) -> list[list[str]]:
    words = _words(name)
    return [words, [*words[-1:], *words[:-1]]]


def _words(text: str) -> list[str]:
    letters = (char for char in unicodedata.normalize("NFKD", name_key(text)) if not unicodedata.combining(char))
    return re.findall(r"\w+", "".join(letters))
