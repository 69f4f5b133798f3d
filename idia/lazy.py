"""Names that a package offers but imports on first use (PEP 562), so that importing it costs nothing."""

from collections.abc import Callable, Mapping
from importlib import import_module


def lazily(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Returns a package's `__getattr__` and `__dir__`.

    Args:
        package: Its `__name__`.
        homes: The module in which each name lives.
    """

    def getattribute(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(import_module(homes[name]), name)
        # Found there from now on, without asking here.
        vars(import_module(package))[name] = value
        return value

    def listed() -> list[str]:
        own = (name for name in vars(import_module(package)) if name.startswith("__"))
        return sorted({*homes, *own})

    return getattribute, listed
