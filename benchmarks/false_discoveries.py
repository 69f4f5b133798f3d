"""How often the test for evidence errs, on models whose truth is known: `python benchmarks/false_discoveries.py`.

Many audits are simulated with each model. Where it was trained on none of the people (a clean model, random weights),
every discovery is false, and the rate is how often anybody was picked out. Where it was trained on some of them, the
rate is the share of non-members among those picked out, averaged over audits.

An audit draws other people, deals other names to those who are no members, and draws other decoys, all of which were
never trained on: names come from the list of which the world's people got theirs, without any of those. Two audits have
the model in common, and some people and names by chance.

It ends with 1 if an interval lies above the level.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from idia.attacks.calibrated import CalibratedAttack
from idia.attacks.evidence import EvidenceTest
from idia.membership import Membership
from idia.models import EmbeddingCache, load_model
from idia.models.folders import world_model
from idia.name_sources import locale_parts
from idia.names import NamePool, name_key, streamed_names
from idia.statistics import clopper_pearson
from idia.testing.false_discoveries import SimulatedAudits, simulated_audits
from idia.world.people import world_names, world_people

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
DEFAULT = ("vit-clean", "random:vit-mixed@0", "vit-mixed", "vit-twin", "rn-mixed")
REPLICATES = 2_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulates audits and prints what they found.

    Args:
        arguments: Of the command line.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("models", nargs="*", default=DEFAULT, help="shipped models, such as vit-clean or random:NAME@0")
    parser.add_argument("--audits", type=int, default=200)
    parser.add_argument("--people", type=int, default=100, help="people of an audit")
    parser.add_argument("--members", type=int, nargs="+", default=[10, 50], help="members among them, where there are")
    parser.add_argument("--names", type=int, default=30_000, help="names that are dealt and drawn from")
    parser.add_argument("--level", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache-dir", type=Path, default=user_cache_path("idia"))
    asked = parser.parse_args(arguments)
    print_line("model", "people", "audits", "false discovery rate [95 %]", "members found")
    passed = [simulate(model, asked) for model in asked.models]
    return 0 if all(passed) else 1


def simulate(text: str, asked: argparse.Namespace) -> bool:
    """Simulates the audits of one model; returns whether no interval lies above the level."""
    name = text.removeprefix("random:").partition("@")[0]
    world = world_model(MODELS / name)
    if world is None:
        raise SystemExit(f"{name} knows no people of a world; the simulation needs a model whose truth is known.")
    model = load_model(text.replace(name, f"local-dir:{MODELS / name}", 1), device="cpu")
    people = world_people(world.seed, world.n_people, world.n_photos, folder=asked.cache_dir / "world").people
    trained = Membership.from_csv(world.identities).of(people) > 0
    if model.info.is_random or world.clean_of is not None:
        trained[:] = False
    test = EvidenceTest(level=asked.level)
    own = [person.name for person in people]
    known = {name_key(each) for each in world_names(world.seed)}
    stream = streamed_names(locale_parts("en_US"), seed=asked.seed)
    names = tuple(
        islice({each: None for each in islice(stream, 2 * asked.names) if name_key(each) not in known}, asked.names)
    )
    attack = CalibratedAttack(NamePool(tuple(own)), test.used_prompts)
    photos = attack.encode(model, people, cache=EmbeddingCache(asked.cache_dir, "cpu"))
    seen = photos.with_names(model, own, names, test.used_prompts)
    own_names, others = seen.names[seen.targets], seen.names[len(own) :]
    passed = True
    for n_members in asked.members if trained.any() else [0]:
        audits = simulated_audits(
            seen.means[~trained],
            others,
            own_names[trained],
            members=seen.means[trained],
            n_people=asked.people,
            n_members=n_members,
            n_audits=asked.audits,
            level=asked.level,
            seed=asked.seed,
        )
        low, high = interval(audits)
        rate = audits.false_discovery_proportions.mean()
        found = f"{audits.found.mean() / n_members:.3f}" if n_members else "-"
        who = f"{n_members} + {asked.people - n_members}"
        print_line(text, who, str(asked.audits), f"{rate:.3f} [{low:.3f}, {high:.3f}]", found)
        passed &= low <= asked.level
    return passed


def interval(audits: SimulatedAudits) -> tuple[float, float]:
    """Returns the 95 % interval of the false discovery rate, over audits."""
    rates = audits.false_discovery_proportions
    if not audits.n_members:
        return clopper_pearson(int((rates > 0).sum()), len(rates))
    drawn = np.random.default_rng(0).choice(rates, (REPLICATES, len(rates))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def print_line(*columns: str) -> None:
    """Prints one row of the table."""
    sys.stdout.write(
        "  ".join(each.ljust(width) for each, width in zip(columns, (20, 10, 6, 30, 13), strict=True)).rstrip() + "\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
