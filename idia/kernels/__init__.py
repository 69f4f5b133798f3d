"""The most similar name for every photo and prompt: one function, one answer, several backends."""

from idia.kernels.comparison import Backend as Backend
from idia.kernels.comparison import BestNames as BestNames
from idia.kernels.comparison import PreparedTexts as PreparedTexts
from idia.kernels.comparison import compared as compared
from idia.kernels.comparison import cosine_argmax as cosine_argmax
from idia.kernels.comparison import prepare_texts as prepare_texts
from idia.kernels.standing import Standing as Standing
