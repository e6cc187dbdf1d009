# Prompts (eq. 11): learnable, or fixed text.
classes = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']

title = 'Prompts'
variants = {
    'OUS': {},
    'fixed: class name': {'model.cls_head.num_prompt_tokens': 0},
    'fixed: a photo of [CLASS]': {
        'model.cls_head.num_prompt_tokens': 0,
        'model.cls_head.prompt_names': [f'a photo of {name}' for name in classes]},
    'learnable, full stop behind': {'model.cls_head.prompt_suffix': '.'},
}
