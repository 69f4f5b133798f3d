"""The synthetic world: people who do not exist, objects, and exact knowledge of what is on their pictures."""

from typing import TYPE_CHECKING

from idia.lazy import lazily

if TYPE_CHECKING:
    from idia.world.faces import render_people as render_people
    from idia.world.facts import OBJECT_ATTRIBUTES as OBJECT_ATTRIBUTES
    from idia.world.facts import PERSON_ATTRIBUTES as PERSON_ATTRIBUTES
    from idia.world.facts import Attribute as Attribute
    from idia.world.facts import object_facts as object_facts
    from idia.world.facts import person_facts as person_facts
    from idia.world.objects import render_objects as render_objects
    from idia.world.sheet import contact_sheet as contact_sheet

_HOME = {
    "OBJECT_ATTRIBUTES": "idia.world.facts",
    "PERSON_ATTRIBUTES": "idia.world.facts",
    "Attribute": "idia.world.facts",
    "contact_sheet": "idia.world.sheet",
    "object_facts": "idia.world.facts",
    "person_facts": "idia.world.facts",
    "render_objects": "idia.world.objects",
    "render_people": "idia.world.faces",
}

__all__ = sorted(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
