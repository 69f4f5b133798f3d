"""Every template with every name, encoded by whatever a model can do."""

from collections.abc import Sequence

from jaxtyping import Float32
from torch import Tensor

from idia.errors import ModelError
from idia.models.embeddings import checked_embeddings
from idia.models.protocol import Model, PromptModel
from idia.prompts import PromptTemplates


def encode_prompts(
    model: Model, prompts: PromptTemplates, names: Sequence[str]
) -> Float32[Tensor, "prompts names dim"]:
    """Returns the embeddings of every template with every name `[prompts, names, dim]`.

    A `PromptModel` is asked for all of them at once, any other model for the texts.

    Args:
        model: What encodes them.
        prompts: The templates.
        names: What goes into each of them.

    Raises:
        ModelError: The model does not return unit-norm embeddings.
    """
    n, dim = len(prompts) * len(names), model.info.embedding_dim
    if not isinstance(model, PromptModel):
        texts = [text for texts in prompts.fill(names) for text in texts]
        encoded: object = model.encode_texts(texts)
    else:
        encoded = model.encode_prompts(prompts, names)
        if isinstance(encoded, Tensor):
            if encoded.shape != (len(prompts), len(names), dim):
                raise ModelError(
                    f"model {model.info.name!r} must return prompts as [{len(prompts)}, {len(names)}, {dim}], got "
                    f"{list(encoded.shape)}."
                )
            encoded = encoded.reshape(n, dim)
    embeddings = checked_embeddings(encoded, n, model.info, "texts")
    return embeddings.reshape(len(prompts), len(names), dim)
