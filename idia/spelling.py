"""How a person's name is written here, and when two spellings are one name."""

import unicodedata


def canonical_name(text: str) -> str:
    """A name as one would write it: underscores as spaces, Unicode form NFC, single spaces, none at the ends.

    Example:
        >>> canonical_name("Ada_B._Example ")
        'Ada B. Example'
    """
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return " ".join(composed.replace("_", " ").split())


def name_key(text: str) -> str:
    """What two spellings of one name share: the canonical name without case."""
    name = canonical_name(text)
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name.casefold())
