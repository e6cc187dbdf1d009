"""What depends on the release of torch."""
import pytest
import torch
from mmengine.utils import digit_version

needs_cpu_autocast = pytest.mark.skipif(
    digit_version(torch.__version__) < digit_version('2.4'),
    reason='torch before 2.4 does not cast attention masks under autocast on a CPU')
