# Paper Table 4: numbers of fusion blocks and of learnable prompt tokens.
title = 'Table 4: MCFE blocks and prompt tokens'
variants = {
    f'{blocks} blocks, M = {tokens}': {
        'model.cls_head.mcfe.num_blocks': blocks,
        'model.cls_head.num_prompt_tokens': tokens,
    } for blocks in (8, 12, 16) for tokens in (16, 32, 64)
}
