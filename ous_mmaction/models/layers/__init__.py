from .emotion_groups import EmotionGroups
from .prompt_learner import PromptLearner
from .quick_gelu import QuickGELU
from .temporal_transformer import TemporalTransformer

__all__ = ['EmotionGroups', 'PromptLearner', 'QuickGELU', 'TemporalTransformer']
