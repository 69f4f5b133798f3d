from functools import partial

import pytest
from tqdm import tqdm

from idia import progress as module
from idia.progress import shown_on_terminal


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_on_terminal("model", is_interactive=False) as progress:
        assert progress is None

    assert capsys.readouterr() == ("", "")


def test_stages_are_drawn_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_on_terminal("model", is_interactive=True) as progress:
        assert progress is not None
        progress("photos", 3, 10)
        progress("names", 500_000, 1_000_000)
        progress("names", 1_000_000, 1_000_000)

    drawn = capsys.readouterr().err
    assert "model: photos" in drawn
    assert "model: names:  50%" in drawn
    assert "3/10" in drawn
    assert "500k/1.00M" in drawn
    assert "names/s" in drawn


def test_a_stage_that_comes_back_is_drawn_again(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_on_terminal("model", is_interactive=True) as progress:
        assert progress is not None
        progress("photos", 3, 10)
        progress("waiting for another process", 3, 10)
        capsys.readouterr()
        progress("photos", 9, 10)

    assert "9/10" in capsys.readouterr().err


def test_what_is_drawn_is_how_much_is_done(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "tqdm", partial(tqdm, mininterval=0, miniters=1))
    with shown_on_terminal("model", is_interactive=True) as progress:
        assert progress is not None
        for done in (2, 3, 7, 9):
            capsys.readouterr()
            progress("photos", done, 10)
            assert f"{done}/10" in capsys.readouterr().err
