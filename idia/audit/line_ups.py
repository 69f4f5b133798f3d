"""Where people's own names rank among decoys."""

from idia.attacks.evidence import Evidence, EvidenceTest
from idia.attacks.named_photos import NamedPhotos
from idia.candidates import decoy_candidates
from idia.models import Model, Progress
from idia.plan import Plan, Target
from idia.timing import Stage
from idia.world.people import world_names


def ranked(
    plan: Plan, target: Target, model: Model, seen: NamedPhotos, *, progress: Progress | None, stage: Stage
) -> Evidence | None:
    """Returns where everybody's own name ranks among names that nobody bears; None if no decoys are wanted.

    Args:
        plan: Whom to attack, and how.
        target: The model, and what it is asked as.
        model: The model, loaded.
        seen: The people's photos as it embeds them.
        progress: Told how many names are done.
        stage: Told how long `encoding prompts` and `ranking names among decoys` last.

    Raises:
        DatasetError: There are no decoys.
    """
    settings, experiment = plan.settings, plan.experiment(target)
    if settings.decoys == 0 or target.control in ("permuted-map", "random-weights"):
        return None
    names = [person.name for person in experiment.people]
    # Models of a world may have been trained on later people of it.
    known = () if experiment.world_seed is None else world_names(experiment.world_seed)
    test = EvidenceTest(plan.prompts, n_decoys=settings.decoys)
    with stage("ranking names among decoys"):
        decoys = test.decoys(model, names, decoy_candidates(settings), excluded=known)
    line_up = test.encode(model, seen, names, decoys, progress=progress, stage=stage)
    with stage("ranking names among decoys"):
        return test.test(line_up)
