"""What each model of a run is asked to be good at: the user's own tasks, or those of a synthetic world.

That world is the one that the model was trained on, or else the one whose people it is asked about: a changed copy of a
shipped model says nothing of a world itself, and what it has lost must show.
"""

from collections.abc import Mapping, Sequence

from idia.errors import ModelError
from idia.experiments import brought_world
from idia.models.folders import WorldModel, world_model
from idia.people import PeopleSet
from idia.records import check_nobody_named
from idia.settings import Settings
from idia.tasks import TaskSet, checked_tasks
from idia.utility_data import own_tasks
from idia.world.utility_tasks import world_utility_tasks

NO_TASKS = (
    "nothing says what it should be good at: give photos with --idia-utility-labels DIR or --idia-utility-captions CSV"
)
"""Why the utility of a model is not measured."""


def planned_tasks(
    settings: Settings, specs: Sequence[str], people: Sequence[PeopleSet], *, is_checked: bool
) -> Mapping[str, TaskSet]:
    """Returns the tasks of each model that has any, by its specification.

    Args:
        settings: What was asked for.
        specs: The models.
        people: Whom they are asked about; no published text may name them.
        is_checked: Whether another process has already found that every photo can be read.

    Raises:
        IdiaError: The user's photos cannot be used.
    """
    if settings.utility_labels is not None or settings.utility_captions is not None:
        tasks = own_tasks(settings.utility_labels, settings.utility_captions)
        published = "; ".join([tasks.id, *(task.name for task in tasks.tasks)])
        names = [person.name for each in people for person in each]
        check_nobody_named(
            {"the folder of --idia-utility-labels or the table of --idia-utility-captions": published}, names
        )
        if settings.skip_unreadable or not is_checked:
            tasks = checked_tasks(tasks, skip_unreadable=settings.skip_unreadable)
        return dict.fromkeys(specs, tasks)
    borrowed = None if settings.world is None else world_model(settings.world)
    seeds = {spec: world.seed for spec in specs if (world := _own_world(spec) or borrowed) is not None}
    worlds = {seed: world_utility_tasks(seed) for seed in dict.fromkeys(seeds.values())}
    return {spec: worlds[seed] for spec, seed in seeds.items()}


def _own_world(spec: str) -> WorldModel | None:
    try:
        return brought_world(spec)
    except ModelError:
        return None  # what is wrong with the model is said when it is loaded
