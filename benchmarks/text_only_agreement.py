"""Whether cheap features of names rank them as dear ones do: `python benchmarks/text_only_agreement.py`.

Features of some names are computed in two settings: the cheap one of the benchmark, and one of more restarts and steps
over all pixels. Said are Spearman's rank correlations over names, with percentile intervals from 2,000 bootstrap
samples of names, and what a name takes. What is finished is kept in the cache: interrupted, it goes on where it was.

    python benchmarks/text_only_agreement.py --names 40 --restarts 20 --steps 500
    python benchmarks/text_only_agreement.py --names 8 --restarts 100 --steps 2000
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path
from scipy.stats import spearmanr

from idia.attacks.inversion import Inversion
from idia.attacks.text_features import TextFeatures
from idia.attacks.text_only import INVERSIONS, TextOnlyAttack
from idia.audit.start_pictures import start_pictures
from idia.membership import Membership
from idia.models import EmbeddingCache, Model, load_model
from idia.models.folders import world_model
from idia.progress import shown_on_terminal
from idia.randomness import key_of, random_bits

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
REPLICATES = 2_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Computes features in two settings and prints how far they agree.

    Args:
        arguments: Of the command line.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", nargs="?", default="vit-mixed", help="a shipped model")
    parser.add_argument("--names", type=int, default=40, help="half of them members, as far as there are so many")
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache-dir", type=Path, default=user_cache_path("idia"))
    asked = parser.parse_args(arguments)

    world = world_model(MODELS / asked.model)
    assert world is not None
    counts = Membership.from_csv(world.folder / "identities.csv").counts
    names = drawn([name for name in counts if counts[name]], asked.names // 2, asked.seed)
    names += drawn([name for name in counts if not counts[name]], asked.names - len(names), asked.seed)
    model = load_model(f"local-dir:{world.folder}")
    dear = replace(INVERSIONS["full"], n_restarts=asked.restarts, n_steps=asked.steps, tolerance=0.0)
    settings = {"cheap": INVERSIONS["cheap"], "dear": dear}
    found = {each: features(model, names, how, asked.seed, asked.cache_dir) for each, how in settings.items()}

    say(f"{asked.model}, {len(names)} names, half of them members")
    for each, how in settings.items():
        per_name = found[each].cpu_seconds / len(names)
        say(f"{each}: {how.image}, {how.n_restarts} x {how.n_steps} steps, {per_name:.3g} CPU-seconds a name")
    for what in ("similarity", "dispersion"):
        cheap, dear_one = (getattr(found[each], what) for each in settings)
        value, low, high = correlation(cheap, dear_one)
        say(f"{what}: rank correlation {value:.2f} [{low:.2f}, {high:.2f}]")
    return 0


def drawn(names: Sequence[str], n: int, seed: int) -> list[str]:
    """Returns some names, drawn by lot."""
    return sorted(names, key=lambda name: int(random_bits(key_of(name), seed)))[:n]


def features(model: Model, names: Sequence[str], how: Inversion, seed: int, folder: Path) -> TextFeatures:
    """Returns the features of names in one setting, all settings starting from the same pictures."""
    attack = TextOnlyAttack(how)
    pictures = start_pictures(how.n_restarts, seed=seed, folder=folder / "world").opened()
    cache = EmbeddingCache(folder, "cpu")
    with shown_on_terminal(f"{how.n_restarts} x {how.n_steps}", sys.stderr.isatty()) as progress:
        return attack.features(model, names, attack.starts(model, pictures), cache=cache, progress=progress)


def correlation(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """Returns Spearman's correlation with the ends of its 95 % interval."""
    draws = np.random.default_rng(0).integers(len(one), size=(REPLICATES, len(one)))
    several = [spearmanr(one[draw], other[draw]).statistic for draw in draws if len(set(draw.tolist())) > 2]
    low, high = np.nanquantile(several, [0.025, 0.975])
    return float(spearmanr(one, other).statistic), float(low), float(high)


def say(line: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
