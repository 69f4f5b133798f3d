"""Every template with every name, encoded by whatever a model can do."""

from collections.abc import Sequence
from contextlib import suppress
from weakref import ReferenceType, ref

from jaxtyping import Float32
from torch import Tensor

from idia.errors import ModelError
from idia.models.embeddings import checked_embeddings
from idia.models.protocol import Model, PromptModel
from idia.prompts import PromptTemplates

_TOLERANCE = 1e-3  # of a number of an embedding: more than what half precision rounds, less than what a defence does

_agreeing: dict[int, ReferenceType[Model]] = {}  # models whose two ways were compared, by their id


def as_prompt_model(model: Model) -> PromptModel | None:
    """Returns the model itself if it may be asked for templates and names together, else nothing.

    It may if it defines `encode_prompts` no further away, in itself or along the classes that it inherits from, than
    `encode_texts`. A wrapper that passes on whatever it lacks, or a subclass that changes `encode_texts` alone, has an
    `encode_prompts` too: that of the model inside, which knows nothing of the change. Such a model is asked for texts.

    Args:
        model: Any model. It is not asked for anything: that its two ways agree is seen by `encode_prompts`.

    Raises:
        ModelError: Its `names_per_pass` is not a whole number above 0.
    """
    prompts, texts = (distance(model, method) for method in ("encode_prompts", "encode_texts"))
    if prompts is None or (texts is not None and texts < prompts) or not isinstance(model, PromptModel):
        return None
    size: object = model.names_per_pass
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ModelError(f"model {model.info.name!r} must have a whole names_per_pass above 0, got {size!r}.")
    return model


def encode_prompts(
    model: Model, prompts: PromptTemplates, names: Sequence[str]
) -> Float32[Tensor, "prompts names dim"]:
    """Returns the embeddings of every template with every name `[prompts, names, dim]`.

    A model that `as_prompt_model` accepts is asked for all of them at once, any other for the texts. The first answer
    of each such model is compared with what it says to a few of the texts.

    Args:
        model: What encodes them.
        prompts: The templates.
        names: What goes into each of them.

    Raises:
        ModelError: The model does not return unit-norm embeddings, or has others for prompts than for their texts.
    """
    n, dim = len(prompts) * len(names), model.info.embedding_dim
    prompting = as_prompt_model(model)
    if prompting is None:
        texts = [text for texts in prompts.fill(names) for text in texts]
        encoded: object = model.encode_texts(texts)
    else:
        encoded = prompting.encode_prompts(prompts, names)
        if isinstance(encoded, Tensor):
            if encoded.shape != (len(prompts), len(names), dim):
                raise ModelError(
                    f"model {model.info.name!r} must return prompts as [{len(prompts)}, {len(names)}, {dim}], got "
                    f"{list(encoded.shape)}."
                )
            encoded = encoded.reshape(n, dim)
    embeddings = checked_embeddings(encoded, n, model.info, "texts").reshape(len(prompts), len(names), dim)
    if prompting is not None and names and not _is_known_to_agree(model):
        _compare(model, prompts, names, embeddings)
    return embeddings


def distance(model: object, method: str) -> int | None:
    """Returns where a method is defined: 0 in the model itself, 1 in its class, and so on; None if it is passed on."""
    try:
        own = object.__getattribute__(model, "__dict__")  # not of a model inside
    except AttributeError:  # it has slots
        own = {}
    places = (own, *map(vars, type(model).__mro__))
    return next((distance for distance, place in enumerate(places) if method in place), None)


def _compare(
    model: Model, prompts: PromptTemplates, names: Sequence[str], embeddings: Float32[Tensor, "prompts names dim"]
) -> None:
    """Compares the first and the last template and name with their texts, once per model."""
    rows, columns = sorted({0, len(prompts) - 1}), sorted({0, len(names) - 1})
    filled = prompts.fill([names[column] for column in columns])
    texts = [text for row in rows for text in filled[row]]
    expected = checked_embeddings(model.encode_texts(texts), len(texts), model.info, "texts")
    difference = float((embeddings[rows][:, columns].flatten(0, 1) - expected).abs().max())
    if difference > _TOLERANCE:
        raise ModelError(
            f"encode_prompts and encode_texts of model {model.info.name!r} disagree: the same text has embeddings that "
            f"differ by {difference:.1g}, more than {_TOLERANCE:g}. Whatever changes one of them, such as a defence, "
            "must change the other alike; a model without encode_prompts is asked for texts."
        )
    key = id(model)
    with suppress(TypeError):  # it cannot be referred to weakly, and is compared every time
        _agreeing[key] = ref(model, lambda _: _agreeing.pop(key, None))


def _is_known_to_agree(model: Model) -> bool:
    known = _agreeing.get(id(model))
    return known is not None and known() is model
