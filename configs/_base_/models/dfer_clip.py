# DFER-CLIP (Zhao and Patras, BMVC 2023): CLIP's image tower, trained, one transformer block over
# the frames, and class descriptions behind learned vectors. Pixels are in 0..1, without CLIP's mean
# and std. The descriptions are our own words; converted weights bring those of their training.
clip_model = dict(name='ViT-B-32-quickgelu', pretrained='openai')  # open_clip tag, file or None
descriptions = dict(
    happiness='a broad smile, raised cheeks, wrinkles around bright eyes',
    sadness='drooping eyelids, lowered corners of the mouth, inner eyebrows raised, a lowered gaze',
    neutral='a relaxed face, a closed mouth, a calm gaze, smooth eyebrows',
    anger='lowered eyebrows, a hard stare, pressed lips or bared teeth, a tense jaw',
    surprise='wide open eyes, high raised eyebrows, a dropped jaw',
    disgust='a wrinkled nose, a raised upper lip, narrowed eyes, a head that turns away',
    fear='raised eyebrows drawn together, wide eyes, stretched lips, a trembling face',
    contempt='one raised corner of the mouth, a look from above, half closed eyes',
    anxiety='a restless gaze, bitten lips, a tense forehead, short breath',
    helplessness='sagging shoulders, a questioning look, raised inner eyebrows, open hands',
    disappointment='a sigh, pressed lips, a lowered head, a gaze that turns away')

model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3,
                           format_shape='NCTHW'),
    backbone=dict(type='FrameWiseBackbone',
                  frame=dict(type='CLIPImageTower', clip_model=clip_model)),
    neck=dict(type='TemporalNeck', in_channels=512, kind='transformer', max_frames=16, depth=1,
              num_heads=8, head_channels=64, mlp_channels=1024, gelu='tanh', class_position=True,
              init_std=1.0),
    cls_head=dict(type='PromptCosineHead', in_channels=512, clip_model=clip_model,
                  descriptions={**descriptions, **dict(
                      Happy=descriptions['happiness'], Sad=descriptions['sadness'],
                      Neutral=descriptions['neutral'], Angry=descriptions['anger'],
                      Surprise=descriptions['surprise'], Disgust=descriptions['disgust'],
                      Fear=descriptions['fear'])},
                  num_prompt_tokens=8, temperature=0.01, average_clips='prob'))
