"""Where people's own names rank among decoys."""

from dataclasses import replace

from idia.attacks.evidence import Evidence, EvidenceTest
from idia.attacks.named_photos import NamedPhotos
from idia.candidates import decoy_candidates
from idia.errors import DatasetError
from idia.models import Model, Progress
from idia.plan import Plan, Target
from idia.statistics import decoys_needed
from idia.timing import Stage
from idia.world.people import world_names

MOST_DECOYS = 20_000
"""So many at most, unless more are asked for: what 1,000 people take. Among more people, nobody alone is picked out."""


def ranked(
    plan: Plan, target: Target, model: Model, seen: NamedPhotos, *, progress: Progress | None, stage: Stage
) -> Evidence | None:
    """Returns where everybody's own name ranks among names that nobody bears; None if no decoys are wanted.

    Nor is there any evidence where nobody asked for a number of decoys and no name is left for one, as with a list of
    names that holds the people's own alone: the attacks need none.

    Args:
        plan: Whom to attack, and how.
        target: The model, and what it is asked as.
        model: The model, loaded.
        seen: The people's photos as it embeds them.
        progress: Told how many names are done.
        stage: Told how long `encoding prompts` and `ranking names among decoys` last.

    Raises:
        DatasetError: Decoys were asked for, and there are none.
    """
    settings, experiment = plan.settings, plan.experiment(target)
    if settings.decoys == 0 or target.control in ("permuted-map", "random-weights"):
        return None
    names = [person.name for person in experiment.people]
    # Models of a world may have been trained on later people of it.
    known = () if experiment.world_seed is None else world_names(experiment.world_seed)
    test = EvidenceTest(plan.prompts, n_decoys=settings.decoys)
    if settings.decoys is None:
        test = replace(test, n_decoys=min(decoys_needed(len(names), test.level), MOST_DECOYS))
    with stage("ranking names among decoys"):
        try:
            decoys = test.decoys(model, names, decoy_candidates(settings), excluded=known)
        except DatasetError:
            if settings.decoys is not None:
                raise
            return None
    line_up = test.encode(model, seen, names, decoys, progress=progress, stage=stage)
    with stage("ranking names among decoys"):
        return test.test(line_up)
