from pathlib import Path

import pytest

from idia.errors import SettingError
from idia.gates import gates_for, read_gates

GATES = """\
# What this project promises.
[defaults]
tpr_max = 0.1
fail = [
  "utility:-0.02",  # for every model
  "tpr:+0.05",
]

[models."ViT-B-32-quickgelu,laion400m_e32"]
tpr_max = 0.9
"calibrated/auc_max" = 0.95
'utility/captions rank@1_min' = 0.3

[models.vit-mixed]
fail = ["tpr:+0.2"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "idia-gates.toml"
    path.write_text(GATES, encoding="utf-8")
    return path


def test_limits_are_read_with_the_line_of_each(path: Path) -> None:
    gates = read_gates(path)

    assert [(each.model, each.line) for each in gates] == [
        (None, 2),
        ("ViT-B-32-quickgelu,laion400m_e32", 9),
        ("vit-mixed", 14),
    ]
    assert [(str(row.limit), row.line) for each in gates for row in each.rows] == [
        ("tpr_max = 0.1", 3),
        ("utility:-0.02", 5),
        ("tpr:+0.05", 6),
        ("tpr_max = 0.9", 10),
        ("calibrated/auc_max = 0.95", 11),
        ("utility/captions rank@1_min = 0.3", 12),
        ("tpr:+0.2", 15),
    ]
    assert {row.path for each in gates for row in each.rows} == {path}


def test_a_model_has_its_own_limits_and_the_general_ones_it_does_not_replace(path: Path) -> None:
    gates = read_gates(path)

    assert [str(row.limit) for row in gates_for(gates, "vit-mixed")] == ["tpr:+0.2", "tpr_max = 0.1", "utility:-0.02"]
    assert [str(row.limit) for row in gates_for(gates, "another")] == ["tpr_max = 0.1", "utility:-0.02", "tpr:+0.05"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no limit, and so guards nothing"),
        ("[defaults]\n", "holds no limit"),
        ("[default]\ntpr_max = 0.1\n", "line 1: 'default' is no table of limits. Did you mean 'defaults'?"),
        ("\ntpr_max = 0.1\n", "line 2: 'tpr_max' is no table of limits"),
        ("[defaults]\n\ntrp_max = 0.1\n", "line 3: there is no metric 'trp'. Did you mean 'tpr'?"),
        ("[defaults]\ntpr_max = '10 %'\n", "line 2: tpr_max must be a fraction such as 0.1, got '10 %'"),
        ("[models.a]\ntpr_max = 0.1\nfial = ['tpr:+0.1']\n", "line 3: 'fial' is no limit"),
        ("[models.a]\nfail = 'tpr:+0.1'\n", "line 2: fail must be a list of rules"),
        ("[models.a]\nfail = [\n 'tpr:+0.1',\n 'tpr:0.2']\n", "line 4: 'tpr:0.2': expected a fraction with its sign"),
        ("[models.a]\nfail = ['tpr:+0.1', 'idia/tpr:+0.2']\n", "line 2: tpr is limited twice"),
        ("[models]\na = 3\n", "line 2: 'a' must be a table"),
        ("models = 3\n", "models must be tables"),
        ("[defaults\n", "is not TOML"),
    ],
)
def test_what_is_no_limit_is_an_error_with_file_and_line(path: Path, text: str, said: str) -> None:
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingError) as raised:
        read_gates(path)

    assert str(raised.value).startswith((str(path), f"{path} "))
    assert said in str(raised.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot read the limits in"):
        read_gates(tmp_path / "absent.toml")
