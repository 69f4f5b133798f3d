from idia.options import OPTIONS
from idia.settings import Settings


def test_every_option_is_a_setting_with_three_spellings() -> None:
    assert {option.name for option in OPTIONS} == set(Settings.__dataclass_fields__)
    skip = next(option for option in OPTIONS if option.name == "skip_unreadable")
    assert (skip.flag, skip.variable, skip.ini) == (
        "--idia-skip-unreadable",
        "IDIA_SKIP_UNREADABLE",
        "idia_skip_unreadable",
    )
