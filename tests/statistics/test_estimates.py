import subprocess
import sys

import idia.statistics
from idia.statistics import Unresolved


def test_a_measured_number_is_read_without_scipy() -> None:
    code = "import sys; from idia.statistics import Estimate; assert not {'scipy', 'numpy'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_found_and_no_module_hides_one() -> None:
    for name in idia.statistics.__all__:
        assert type(getattr(idia.statistics, name)).__name__ != "module"


def test_what_is_not_resolved_says_how_far_it_is() -> None:
    assert (str(Unresolved(9, 100)), Unresolved(9, 100).resolution) == ("n/a, resolution 1/9", 1 / 9)
