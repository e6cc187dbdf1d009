from .description_prompts import DescriptionPrompts
from .emotion_groups import EmotionGroups
from .prompt_learner import PromptLearner
from .quick_gelu import QuickGELU
from .temporal_transformer import TemporalTransformer

__all__ = ['DescriptionPrompts', 'EmotionGroups', 'PromptLearner', 'QuickGELU',
           'TemporalTransformer']
