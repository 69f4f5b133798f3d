import pytest
from hypothesis import given
from hypothesis import strategies as st

from idia.errors import SettingError
from idia.gates import Limit
from idia.gates.limits import LEAKS


@pytest.mark.parametrize(
    ("text", "attack", "metric", "bound"),
    [
        ("tpr:+0.05", "idia", "tpr", 0.05),
        (" auc : -.3 ", "idia", "auc", -0.3),
        ("idia/fpr:+0", "idia", "fpr", 0.0),
        ("calibrated/tpr@0.01:+0.1", "calibrated", "tpr@0.01", 0.1),
        ("utility:-0.02", "utility", "", -0.02),
        ("utility/hair colour top-1:-0.05", "utility", "hair colour top-1", -0.05),
    ],
)
def test_a_rule_against_a_baseline_is_read(text: str, attack: str, metric: str, bound: float) -> None:
    assert Limit.parsed(text) == Limit(attack, metric, bound, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trp:+0.05", "Did you mean 'tpr'?"),
        ("tpr", "write how much it may rise"),
        ("", "write how much it may rise"),
        (":+0.1", "write how much it may rise"),
        ("tpr:0.05", "as tpr:+0.05"),
        ("utility:0.02", "as utility:-0.05"),
        ("tpr:+5%", "got '+5%'"),
        ("tpr:+nan", "got '+nan'"),
        ("tpr:+1e9", "got '+1e9'"),
        ("tpr:+5", "5 % are 0.05"),
        ("tpr:+1", "can never be broken"),
        ("utility:-1", "can never be broken"),
        ("calibratd/auc:+0.1", "Did you mean 'calibrated'?"),
        ("calibrated/tpr@0.5:+0.1", "there is no metric 'tpr@0.5'"),
    ],
)
def test_what_is_no_rule_is_refused_with_how_to_write_one(text: str, said: str) -> None:
    with pytest.raises(SettingError) as raised:
        Limit.parsed(text)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("tpr_max", 0.1, "tpr_max = 0.1"),
        ("calibrated/auc_max", 0.6, "calibrated/auc_max = 0.6"),
        ("tpr@0.01_max", 0, "tpr@0.01_max = 0"),
        ("utility_min", 1, "utility_min = 1"),
        ("utility/captions rank@1_min", 0.5, "utility/captions rank@1_min = 0.5"),
    ],
)
def test_an_absolute_limit_has_a_key_and_a_value(key: str, value: float, written: str) -> None:
    assert str(Limit.absolute(key, value)) == written


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("tpr", 0.1, "Did you mean 'tpr_max'"),
        ("tprmax", 0.1, "Did you mean 'tpr_max'"),
        ("trp_max", 0.1, "Did you mean 'tpr'?"),
        ("tpr_min", 0.1, "Write tpr_max."),
        ("utility_max", 0.1, "Write utility_min."),
        ("tpr_max", "0.1", "must be a fraction such as 0.1, got '0.1'"),
        ("tpr_max", True, "must be a fraction"),
        ("tpr_max", -0.1, "between 0 and 1"),
        ("tpr_max", float("nan"), "between 0 and 1"),
        ("auc_max", 1, "can never be broken"),
        ("utility_min", 0, "can never be broken"),
    ],
)
def test_an_unknown_key_or_value_is_refused(key: str, value: object, said: str) -> None:
    with pytest.raises(SettingError) as raised:
        Limit.absolute(key, value)
    assert said in str(raised.value)


@given(st.sampled_from([*LEAKS, "calibrated/auc", "utility", "utility/shape"]), st.integers(-999, 999))
def test_a_rule_is_written_as_it_is_read(subject: str, thousandths: int) -> None:
    limit = Limit.parsed(f"{subject}:{thousandths / 1000:+.3f}")

    assert limit.subject == subject
    assert limit.bound == thousandths / 1000
    assert Limit.parsed(str(limit)) == limit
