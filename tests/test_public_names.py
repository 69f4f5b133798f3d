import subprocess
import sys

import pytest

import idia

PUBLIC = (
    "IdentityInferenceAttack",
    "NamePredictions",
    "NamePool",
    "PromptTemplates",
    "PAPER_PROMPTS",
    "Person",
    "Membership",
    "Model",
    "load_model",
    "cosine_argmax",
    "prompts_won",
    "evaluate",
    "StrangersAttack",
    "TextOnlyAttack",
)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_importable_and_listed(name: str) -> None:
    assert getattr(idia, name) is getattr(idia, name)
    assert name in dir(idia)
    assert name in idia.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        idia.nothing  # noqa: B018  # the access is the test


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import idia, sys; print({'torch', 'open_clip', 'numpy', 'pytest'} & set(sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
