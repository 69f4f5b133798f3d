import pytest

from idia.progress import shown_on_terminal


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_on_terminal("model", is_interactive=False) as progress:
        assert progress is None

    assert capsys.readouterr() == ("", "")


def test_stages_are_drawn_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_on_terminal("model", is_interactive=True) as progress:
        assert progress is not None
        progress("photos", 3, 10)
        progress("prompts", 21, 21)

    drawn = capsys.readouterr().err
    assert "model: photos" in drawn
    assert "model: prompts" in drawn
