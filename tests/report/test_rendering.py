import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import idia
from idia.errors import RecordError
from idia.records import Record, read_records, write_record
from idia.records.atomic import LEFTOVER_SUFFIX
from idia.report import render
from idia.report import rendering as rendering_module

MakeRecord = Callable[..., Record]
AssertNobodyNamed = Callable[[Path, Iterable[str]], None]


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def rendered(make_record: MakeRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with two rendered records; copy it before changing anything."""
    results = tmp_path_factory.mktemp("rendered") / "results"
    for model in ("a", "b"):
        write_record(results, make_record(model=model, with_bins=model == "a", occurrences=(5, 75), sizes=("all",)))
    render(results)
    return results


@pytest.fixture
def results(rendered: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(rendered, tmp_path / "results"))


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*_: object) -> None:
        raise AssertionError("a figure was drawn")

    monkeypatch.setattr(rendering_module, "figure_files", drawn)


def test_figures_lie_below_figures_where_their_record_lies_below_records(results: Path) -> None:
    for stored in read_records(results):
        folder = results / "figures" / stored.path.relative_to(results / "records").with_suffix("")

        assert (folder / "confusion.svg").is_file()
    assert (results / "leaderboard.csv").is_file()
    assert (results / "leaderboard.md").is_file()


@pytest.mark.usefixtures("no_drawing")
def test_rendering_again_draws_nothing_and_changes_no_byte(results: Path) -> None:
    before = _files(results)

    assert render(results) == ()
    assert _files(results) == before


def test_rendering_from_scratch_gives_the_same_bytes(results: Path) -> None:
    before = _files(results)
    shutil.rmtree(results / "figures")
    for name in ("leaderboard.csv", "leaderboard.md"):
        (results / name).unlink()

    changed = render(results)

    assert _files(results) == before
    assert len(changed) == len([name for name in before if not name.startswith("records")])


def test_only_figures_that_are_missing_or_altered_are_written(results: Path) -> None:
    before = _files(results)
    missing, altered = sorted(results.rglob("confusion.png"))
    missing.unlink()
    altered.write_bytes(b"altered")

    assert set(render(results)) == {missing, altered}
    assert _files(results) == before


def test_a_new_record_leaves_the_figures_of_others_alone(results: Path, make_record: MakeRecord) -> None:
    before = {path: path.stat().st_mtime_ns for path in (results / "figures").rglob("*") if path.is_file()}
    write_record(results, make_record(model="c", with_bins=False))

    render(results)

    alone = [path for path in before if not path.parent.name.startswith("models-")]
    assert {path: path.stat().st_mtime_ns for path in alone} == {path: before[path] for path in alone}
    assert len(list(results.rglob("confusion.png"))) == 3


@pytest.mark.usefixtures("no_drawing")
def test_figures_can_be_left_out_but_the_board_is_of_all_records(results: Path, make_record: MakeRecord) -> None:
    write_record(results, make_record(model="c"))

    changed = render(results, only=())

    assert {path.name for path in changed} == {"leaderboard.csv", "leaderboard.md"}
    assert "\nc,made-up-people," in (results / "leaderboard.csv").read_text(encoding="utf-8")


def test_figures_of_chosen_records_are_rendered(make_record: MakeRecord, tmp_path: Path) -> None:
    for model in ("a", "b"):
        write_record(tmp_path, make_record(model=model, with_bins=False))
    first, _ = read_records(tmp_path)

    render(tmp_path, only=[first.path])

    assert [path.parent.name for path in tmp_path.rglob("confusion.png")] == [first.path.stem]


def test_a_changed_record_loses_figures_that_no_longer_apply(results: Path, make_record: MakeRecord) -> None:
    (folder,) = (path.parent for path in results.rglob("occurrences.csv") if path.parent.name.startswith("a-"))
    without_bins = make_record(model="a", occurrences=(5, 75), sizes=("all",))
    document = dict(without_bins.document)
    document["cells"] = [cell for cell in document["cells"] if cell["occurrences"] == "all"]
    write_record(results, Record(document, without_bins.votes))

    render(results)

    assert not list(folder.glob("occurrences.*"))
    assert (folder / "confusion.png").is_file()


def test_records_of_one_question_are_compared_as_long_as_there_are_two(results: Path) -> None:
    (folder,) = (path for path in (results / "figures").glob("*/idia/models-*"))
    assert (folder / "attack-samples.svg").is_file()
    withdrawn, _ = read_records(results)
    for path in withdrawn.path.parent.glob(f"{withdrawn.path.stem}*"):
        path.unlink()

    render(results, only=())

    assert not folder.exists()


def test_a_comparison_is_drawn_with_any_of_its_records_and_not_without(results: Path, make_record: MakeRecord) -> None:
    write_record(results, make_record(model="c", with_bins=False, sizes=("all",), occurrences=(5, 75)))
    added = next(record for record in read_records(results) if record.document["model"]["name"] == "c")

    assert not [path for path in render(results, only=()) if path.suffix == ".svg"]
    drawn = {(path.parent.name.split("-")[0], path.name) for path in render(results, only=[added.path])}
    assert ("models", "attack-samples.svg") in drawn
    assert ("c", "attack-samples.svg") in drawn
    assert not [name for name, _ in drawn if name in ("a", "b")]


def test_figures_of_a_withdrawn_record_go_and_files_of_others_stay(results: Path) -> None:
    withdrawn, kept = read_records(results)
    for path in withdrawn.path.parent.glob(f"{withdrawn.path.stem}*"):
        path.unlink()
    folder = results / "figures" / withdrawn.path.relative_to(results / "records").with_suffix("")
    notes = [folder / "notes.txt", results / "notes.txt", results / "figures" / "mine" / "rendered.json"]
    for note in notes:
        note.parent.mkdir(exist_ok=True)
        note.write_text('{"files": {"notes.txt": "", "../../notes.txt": ""}}', encoding="utf-8")

    render(results)

    assert list(folder.iterdir()) == [folder / "notes.txt"]
    assert all(note.is_file() for note in notes)
    assert len(list(results.rglob("confusion.png"))) == 1
    assert kept.path.is_file()


def test_a_damaged_stamp_means_drawing_again(results: Path) -> None:
    before = _files(results)
    stamps = sorted(results.rglob("rendered.json"))[:3]
    for stamp, damaged in zip(stamps, (b"[]", b'{"files": 3}', b"{"), strict=True):
        stamp.write_bytes(damaged)

    assert sorted(render(results)) == stamps
    assert _files(results) == before


@pytest.mark.usefixtures("no_drawing")
def test_leftovers_of_killed_runs_are_removed(results: Path) -> None:
    leftover = results / "figures" / f".confusion.png.0123456789abcdef{LEFTOVER_SUFFIX}"
    leftover.touch()

    render(results)

    assert not leftover.exists()


def test_an_empty_folder_has_a_board_without_rows(tmp_path: Path) -> None:
    render(tmp_path / "results")

    assert len((tmp_path / "results" / "leaderboard.csv").read_text(encoding="utf-8").splitlines()) == 1
    assert "No model has been scored yet." in (tmp_path / "results" / "leaderboard.md").read_text(encoding="utf-8")


def test_a_damaged_record_leaves_the_board_as_it_was(results: Path) -> None:
    before = (results / "leaderboard.csv").read_bytes()
    read_records(results)[0].path.write_bytes(b"{")

    with pytest.raises(RecordError, match="is not a valid record"):
        render(results)
    assert (results / "leaderboard.csv").read_bytes() == before


def test_nobody_is_named_anywhere_below_the_results(results: Path, assert_nobody_named: AssertNobodyNamed) -> None:
    assert_nobody_named(results, ["Ada Example", "Ben Beispiel"])


@pytest.mark.parametrize(
    ("where", "content"),
    [
        ("records/Ada_Example.json", b"{}"),
        ("figures/figure.svg", b"<!-- photos of ada example -->"),
        ("leaderboard.csv", b"model\nAdaExample\n"),
        ("leaderboard.md", "Ada Example".encode("utf-32-le")),
    ],
)
def test_the_search_for_names_finds_them_in_every_spelling(
    tmp_path: Path, assert_nobody_named: AssertNobodyNamed, where: str, content: bytes
) -> None:
    (tmp_path / where).parent.mkdir(exist_ok=True)
    (tmp_path / where).write_bytes(content)

    with pytest.raises(AssertionError, match="a person is named"):
        assert_nobody_named(tmp_path, ["Ada Example"])


def test_the_search_for_names_looks_into_compressed_votes(
    tmp_path: Path, assert_nobody_named: AssertNobodyNamed
) -> None:
    import numpy as np

    np.savez_compressed(tmp_path / "votes.npz", pseudonyms=np.array(["p000", "Ada Example"]))

    with pytest.raises(AssertionError, match="a person is named"):
        assert_nobody_named(tmp_path, ["Ada Example"])


def test_loading_the_report_loads_neither_the_plotting_library_nor_torch_nor_pandas() -> None:
    heavy = {"matplotlib", "torch", "pandas", "tabulate", "jsonschema"}
    code = f"import sys, idia.report; print(sorted({heavy!r} & set(sys.modules)))"
    root = Path(idia.__file__).parents[1]

    run = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)

    assert run.stdout.strip() == "[]"


def test_drawing_leaves_the_global_state_of_the_plotting_library_alone(make_record: MakeRecord, tmp_path: Path) -> None:
    write_record(tmp_path, make_record(with_bins=False))
    code = (
        "import sys; from pathlib import Path; from idia.report import render; "
        f"render(Path({str(tmp_path)!r})); print('matplotlib.pyplot' in sys.modules)"
    )
    root = Path(idia.__file__).parents[1]

    run = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)

    assert run.stdout.strip() == "False"
