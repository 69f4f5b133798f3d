import subprocess
import sys

import pytest

from idia.lazy import lazily


def test_a_name_is_imported_when_it_is_asked_for_and_kept() -> None:
    code = (
        "import sys, idia, idia.testing\n"
        "assert 'numpy' not in sys.modules\n"
        "assert idia.testing.toy_people is idia.testing.toy_people\n"
        "assert 'toy_people' in vars(idia.testing)\n"
        "assert 'numpy' in sys.modules and 'torch' not in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_names_are_attribute_errors_and_not_listed() -> None:
    getattribute, listed = lazily("json", {"JSONDecoder": "json.decoder"})

    with pytest.raises(AttributeError, match="module 'json' has no attribute 'nothing'"):
        getattribute("nothing")
    assert {"JSONDecoder", "__name__"} <= set(listed())
    assert "dumps" not in listed()
