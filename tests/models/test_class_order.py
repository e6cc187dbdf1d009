import subprocess
import sys

CODE = """
import tests.conftest as common
from ous_mmaction.models import MCFEHead
head = MCFEHead(class_names=common.DFEW, clip_model=dict(name='vit_test'), num_prompt_tokens=1,
                mcfe=None)
names = [head.prompts.clip_model.tokenizer.decode(row.tolist()) for row in
         head.prompts.clip_model.tokenize(head.class_names)]
print(head.class_names, bytes(head.class_names_utf8.tolist()), names)
"""


def test_class_order_does_not_depend_on_the_hash_seed():
    outputs = set()
    for seed in ('0', '77'):
        done = subprocess.run([sys.executable, '-c', CODE], capture_output=True, text=True,
                              check=True, env={'PYTHONHASHSEED': seed, 'PATH': '/usr/bin:/bin',
                                               'PYTHONPATH': ':'.join(sys.path)})
        outputs.add(done.stdout.splitlines()[-1])
    assert len(outputs) == 1
    assert "['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']" in outputs.pop()
