"""How fast each stage is, beside what one would use instead: `pytest benchmarks/test_speed.py --idia-speed`.

With `--idia-device cuda` the graphics card is measured, and nothing else.

Times decide nothing here: a test fails on wrong answers, and on memory that grows with names. The million names of the
last test take long, and are looked through only where asked for: `-k million`.
"""

import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from idia.names import NamePool
from idia.prompts import PAPER_PROMPTS
from idia.speed.card_plan import Task, card_parameters
from idia.speed.fresh import in_fresh_process
from idia.speed.interleaved import Contestant
from idia.speed.repeated import measured_points, n_different, takes_memory_like
from idia.speed.threads import threads
from idia.speed.wording import amount_words

if TYPE_CHECKING:  # as all that imports torch, which takes long: perhaps no test of these runs
    from idia.speed.stopwatch import Stopwatch

pytestmark = [pytest.mark.idia_speed, pytest.mark.benchmark(timer=time.process_time)]

ROUNDS = 5
TEXT_ROUNDS = 3  # a round takes minutes
GROWTH_ROUNDS = 3
N_PHOTOS, N_NAMES = 4_620, 1_000
N_NEAR = 400  # photos that are compared with names close to each other
BASELINE_NAMES = 50  # of which open_clip encodes the prompts
N_PROMPTS = len(PAPER_PROMPTS)
N_PEOPLE, DRAWS = 154, 1_000

FEWER_NAMES, MANY_NAMES = 10_000, 1_000_000
GROWING_NAMES = (1_000, 10_000, 100_000, 1_000_000)
GROWING_PEOPLE = (154, 1_540, 15_400)
GROWING_DRAWS = (100, 1_000, 10_000)
ATTACKED_PHOTOS = 300
N_FILES, FILE_SIDE = 100, 1024

SCANNED, VOTED = "idia.speed.workloads:scanned_names", "idia.speed.workloads:voted"
TEXT_TOWER = "ViT-B-32"
ATTACKED = Path(__file__).parents[1] / "fixtures" / "models" / "vit-mixed"


@pytest.mark.parametrize("dim", [512, 768])
@pytest.mark.parametrize("is_prepared", [False, True], ids=["whole-call", "prepared-texts"])
def test_name_prediction(idia_speed: "Stopwatch", dim: int, is_prepared: bool) -> None:
    """The best of all names for every photo and prompt, exactly."""
    import numpy as np

    from idia.kernels import cosine_argmax, prepare_texts
    from idia.speed.baselines import faiss_argmax, torch_argmax
    from idia.testing import clip_like_embeddings

    images, texts = clip_like_embeddings(N_PHOTOS, N_PROMPTS, N_NAMES, dim)
    faiss = faiss_argmax(images, texts, is_prepared=is_prepared)
    ready = prepare_texts(texts) if is_prepared else texts
    with threads(1):
        outcome = idia_speed.interleaved(
            Contestant("idia", lambda: cosine_argmax(images, ready)), torch_argmax(images, texts), faiss, rounds=ROUNDS
        )
    others, _ = clip_like_embeddings(N_NEAR, 1, 1, dim, seed=1)
    near = texts.clone()
    near[:, 1::2] = texts[:, ::2] * (1 + 1e-7)  # each name beside one that float32 cannot always tell from it
    exact = cosine_argmax(images, texts, impl="reference"), cosine_argmax(others, near, impl="reference")
    n_wrong = np.count_nonzero(outcome.answer.indices != exact[0].indices)
    n_wrong_near = np.count_nonzero(cosine_argmax(others, near).indices != exact[1].indices)

    assert n_wrong + n_wrong_near == 0
    idia_speed.keep(
        outcome,
        f"name prediction, {'prepared texts' if is_prepared else 'whole call'}",
        f"{N_PHOTOS:,} photos × {N_PROMPTS} × {N_NAMES:,} names, D = {dim}",
        checked=f"{n_wrong} of {N_PHOTOS * N_PROMPTS:,} answers, and {n_wrong_near} of {N_NEAR * N_PROMPTS:,} among "
        "near-ties, differ from float64",
    )


@pytest.mark.benchmark(timer=time.perf_counter)
def test_memory_of_name_prediction(idia_speed: "Stopwatch") -> None:
    """A million names that come in chunks take about as much memory as ten thousand; time is only mentioned."""
    work, dim, few = "idia.speed.workloads:streamed_names", 512, min(48, N_PHOTOS)
    size: dict[str, Any] = {"n_prompts": 1, "dim": dim}
    fewer = in_fresh_process(work, n_threads=1, n_photos=N_PHOTOS, n_names=FEWER_NAMES, **size)
    spent = idia_speed.once(lambda: in_fresh_process(work, n_threads=1, n_photos=N_PHOTOS, n_names=MANY_NAMES, **size))
    expected = in_fresh_process(work, n_photos=few, n_names=MANY_NAMES, backend="reference", **size)

    assert spent.answer[:few] == expected.answer
    assert takes_memory_like(spent, fewer)
    idia_speed.row(
        "memory of name prediction, streamed",
        f"{N_PHOTOS:,} photos × 1 × {MANY_NAMES:,} names, D = {dim}",
        unit="MiB",
        ours=spent.extra_mib,
        baseline=N_PHOTOS * MANY_NAMES * 4 / 2**20,
        against="all similarities (computed)",
        threads=1,
        checked=f"{few:,} answers are those of float64",
        remark=f"{amount_words(spent.cpu_seconds, 's')} of CPU time",
    )


def test_text_encoding(idia_speed: "Stopwatch") -> None:
    """All prompts of a thousand names, as the text tower gives them at full length."""
    from idia.models import encode_prompts, load_model
    from idia.speed.baselines import open_clip_texts

    names = NamePool.sampled(n_names=N_NAMES).names
    model = load_model(f"random:{TEXT_TOWER}")
    few = [text for texts in PAPER_PROMPTS.fill(names[:BASELINE_NAMES]) for text in texts]
    with threads(1):
        encode_prompts(model, PAPER_PROMPTS, names[:2])
        outcome = idia_speed.interleaved(
            Contestant("idia", lambda: encode_prompts(model, PAPER_PROMPTS, names), n_items=N_PROMPTS * N_NAMES),
            open_clip_texts(TEXT_TOWER, few, weights_sha256=model.info.weights_sha256),
            rounds=TEXT_ROUNDS,
            warmup_rounds=0,
        )
    (expected,) = outcome.answers
    ours = outcome.answer[:, :BASELINE_NAMES].reshape(len(few), -1)
    difference = float((ours - expected).abs().max())

    assert difference < 1e-6
    idia_speed.keep(
        outcome,
        "text encoding",
        f"{TEXT_TOWER}, {N_PROMPTS} × {N_NAMES:,} prompts (baseline: {len(few):,})",
        per="prompt",
        checked=f"unit-norm embeddings differ by at most {difference:.1e}",
    )


def test_tokenising(idia_speed: "Stopwatch") -> None:
    """The same tokens, when no name has been seen before."""
    import open_clip

    from idia.models.composition import PromptTokenizer
    from idia.speed.baselines import open_clip_tokens

    names = NamePool.sampled(n_names=N_NAMES).names
    texts = [text for filled in PAPER_PROMPTS.fill(names) for text in filled]
    fresh = (PromptTokenizer(open_clip.get_tokenizer(TEXT_TOWER), f"speed {number}") for number in count())
    with threads(1):
        outcome = idia_speed.interleaved(
            Contestant("idia", lambda own: own(PAPER_PROMPTS, names), len(texts), prepare=lambda: next(fresh)),
            open_clip_tokens(TEXT_TOWER, texts),
            rounds=ROUNDS,
        )
    n_wrong = int((outcome.answer != outcome.answers[0]).any(dim=1).sum())

    assert n_wrong == 0
    idia_speed.keep(
        outcome,
        "tokenising",
        f"{N_PROMPTS} × {N_NAMES:,} prompts",
        per="prompt",
        checked=f"{n_wrong} of {len(texts):,} texts have other tokens",
    )


def test_voting(idia_speed: "Stopwatch") -> None:
    """A thousand draws of photos, and the same decisions on the same photos as the published vote."""
    from idia.attacks.voting import PAPER_SIZES, count_votes
    from idia.speed.baselines import published_votes
    from idia.speed.workloads import simulated_predictions

    predictions = simulated_predictions(N_PEOPLE)
    baseline, published = published_votes(predictions)
    with threads(1):
        outcome = idia_speed.interleaved(
            Contestant("idia", lambda: count_votes(predictions, sizes=PAPER_SIZES, draws=DRAWS, seed=0), DRAWS),
            baseline,
            rounds=ROUNDS,
        )
    n_wrong = sum(
        int((outcome.answer.scores[:, size, draw] != won).sum())
        for draw, by_size in published.items()
        for size, won in enumerate(by_size)
    )

    assert published
    assert n_wrong == 0
    idia_speed.keep(
        outcome,
        "voting",
        f"{N_PEOPLE} people × 30 photos × 21 prompts × {len(PAPER_SIZES)} sizes, {DRAWS:,} draws (baseline: {ROUNDS})",
        per="draw",
        checked=f"{n_wrong} of {len(published) * len(PAPER_SIZES) * N_PEOPLE:,} decisions on the same photos differ",
    )


@pytest.mark.benchmark(timer=time.perf_counter)
def test_photo_encoding(idia_speed: "Stopwatch", tmp_path: Path) -> None:
    """From photos in files to embeddings: what counts is how long one waits, since all cores open files."""
    from idia.models import EmbeddingCache, load_model
    from idia.photos import open_photo
    from idia.speed.baselines import open_clip_photos
    from idia.testing import toy_people

    files = [tmp_path / f"{number}.jpg" for number in range(N_FILES)]
    patterns = [person.photos[0] for person in toy_people()[0].people]
    for number, file in enumerate(files):
        open_photo(patterns[number % len(patterns)]).resize((FILE_SIDE, FILE_SIDE)).save(file, quality=90)
    model = load_model(f"local-dir:{ATTACKED}")
    outcome = idia_speed.interleaved(
        Contestant("idia", lambda: EmbeddingCache(None).photos(model, files), N_FILES),
        open_clip_photos(ATTACKED, files),
        rounds=ROUNDS,
        clock=time.perf_counter,
    )
    difference = float((outcome.answer - outcome.answers[0]).abs().max())

    assert difference < 1e-5
    idia_speed.keep(
        outcome,
        "photo encoding, wall time",
        f"{N_FILES} JPEG files of {FILE_SIDE} × {FILE_SIDE}, {ATTACKED.name}",
        per="photo",
        threads=0,
        checked=f"unit-norm embeddings differ by at most {difference:.1e}",
    )


@pytest.mark.benchmark(timer=time.perf_counter)
def test_growth_with_names(idia_speed: "Stopwatch") -> None:
    """Through the whole attack, and the same names as without any short cut where that is feasible."""
    size: dict[str, Any] = {"model": str(ATTACKED), "n_photos": ATTACKED_PHOTOS, "is_one_prompt": True}
    points, answers = idia_speed.once(
        lambda: measured_points(SCANNED, "n_names", GROWING_NAMES, rounds=GROWTH_ROUNDS, **size)
    )
    plain = in_fresh_process(f"{SCANNED}_plainly", n_names=GROWING_NAMES[0], **size).answer
    n_others = n_different(answers[0], plain)

    assert n_others <= plain["near_ties"]
    idia_speed.keep_growth(
        f"names, 1 prompt, {ATTACKED_PHOTOS} photos, {ATTACKED.name}",
        points,
        noun="names",
        checked=f"{n_others} of {ATTACKED_PHOTOS} answers at {GROWING_NAMES[0]:,} names differ from float64",
    )


@pytest.mark.benchmark(timer=time.perf_counter)
def test_growth_with_people(idia_speed: "Stopwatch") -> None:
    """Everybody's votes."""
    size: dict[str, Any] = {"rounds": GROWTH_ROUNDS, "draws": GROWING_DRAWS[0]}
    points, _ = idia_speed.once(lambda: measured_points(VOTED, "n_people", GROWING_PEOPLE, **size))
    idia_speed.keep_growth(f"people, {GROWING_DRAWS[0]:,} draws", points, noun="people")


@pytest.mark.benchmark(timer=time.perf_counter)
def test_growth_with_draws(idia_speed: "Stopwatch") -> None:
    """Everybody's votes, again and again."""
    size: dict[str, Any] = {"rounds": GROWTH_ROUNDS, "n_people": N_PEOPLE}
    points, _ = idia_speed.once(lambda: measured_points(VOTED, "draws", GROWING_DRAWS, **size))
    idia_speed.keep_growth(f"draws, {N_PEOPLE} people", points, noun="draws")


@pytest.mark.idia_speed(on_card=True)
@pytest.mark.benchmark(timer=time.perf_counter)
@pytest.mark.parametrize("task", card_parameters())
def test_gpu(idia_speed: "Stopwatch", task: Task) -> None:
    """Name prediction on a graphics card: `--idia-device cuda` runs this, and nothing else."""
    from idia.speed.card_stages import CardStages

    assert CardStages(idia_speed).measure(task) == 0, "wrong answers"


@pytest.mark.idia_speed(only_by_name="million")
@pytest.mark.benchmark(timer=time.perf_counter)
def test_million_names(idia_speed: "Stopwatch", tmp_path: Path) -> None:
    """All prompts of a million names through a shipped model's text tower, in about the memory of ten thousand.

    At a thousand names the answers are those without any short cut, but for near-ties; a million are not checked.
    """
    size: dict[str, Any] = {"model": str(ATTACKED), "n_photos": ATTACKED_PHOTOS}
    plain = in_fresh_process(f"{SCANNED}_plainly", n_names=N_NAMES, **size).answer
    n_others = n_different(in_fresh_process(SCANNED, n_names=N_NAMES, **size).answer, plain)
    assert n_others <= plain["near_ties"]

    fewer = in_fresh_process(SCANNED, n_names=FEWER_NAMES, **size)
    spent = idia_speed.once(lambda: in_fresh_process(SCANNED, n_names=MANY_NAMES, cache=str(tmp_path), **size))
    assert takes_memory_like(spent, fewer)
    idia_speed.row(
        "a million names, end to end",
        f"{N_PROMPTS} × {MANY_NAMES:,} prompts through {ATTACKED.name}, {ATTACKED_PHOTOS} photos",
        ours=spent.cpu_seconds,
        checked=f"{n_others} of {ATTACKED_PHOTOS * N_PROMPTS:,} answers at {N_NAMES:,} names differ from float64",
        remark=f"{amount_words(spent.wall_seconds, 's')} of wall time, {MANY_NAMES / spent.wall_seconds:,.0f} names/s; "
        f"{amount_words(spent.extra_mib, 'MiB')} above photos and names, "
        f"{amount_words(fewer.extra_mib, 'MiB')} at {FEWER_NAMES:,} names",
    )
