"""One pytest process in a benchmark run: it plans and measures; the controlling one alone writes and reports."""

from idia.benchmark_session.attempts import PARAMETERS as PARAMETERS
from idia.benchmark_session.attempts import is_benchmark as is_benchmark
from idia.benchmark_session.session import BenchmarkSession as BenchmarkSession
