"""Whether the hashes and words that describe a record's protocol are those of what it holds."""

import hashlib
import json
from collections.abc import Iterator

from idia.prompts import PromptTemplates
from idia.records import Document
from idia.verification.mismatches import Problem, compared


def protocol_problems(document: Document) -> Iterator[Problem]:
    """Yields in what a record's protocol contradicts itself.

    Args:
        document: The record.

    Raises:
        SettingError: A prompt template is none.
    """
    protocol = document["protocol"]
    keyed = {key: value for key, value in protocol.items() if key != "sha256"}
    keyed["membership_sha256"] = document["people"]["membership_sha256"]
    expected = {
        "id": f"{document['attack']}/{protocol['id'].rpartition('/')[2]}",
        "prompts_sha256": PromptTemplates(tuple(protocol["prompts"])).sha256,
        "sha256": hashlib.sha256(json.dumps(keyed, sort_keys=True).encode()).hexdigest(),
    }
    yield from compared(expected, {key: protocol[key] for key in expected}, "protocol")
