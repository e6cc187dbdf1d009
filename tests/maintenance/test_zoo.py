import shutil
from pathlib import Path

import pytest
import yaml
from mmengine.config import Config

from maintenance.complexity import MeasuredModel, draw_clip
from maintenance.zoo import Zoo, summarize_runs, zoo_configs
from maintenance.zoo_measurement import size_metadata
from maintenance.zoo_pages import (
    README_COLLECTIONS,
    draw_pages,
    readme_section,
    replace_section,
    result_cell,
    run_row,
)
from ous_mmaction.evaluation.published import published_results

ROOT = Path(__file__).parents[2]
SMALL = 1.  # models up to this number of GMACs are counted again by the tests


@pytest.fixture(scope='module')
def zoo():
    return Zoo(ROOT)


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    return draw_clip(tmp_path_factory.mktemp('clip') / 'frames')


def test_metafiles_list_every_config_and_no_other(zoo):
    assert sorted(model['Config'] for model in zoo.models) == zoo_configs(ROOT)
    assert len({model['Name'] for model in zoo.models}) == len(zoo.models)


def test_index_imports_every_metafile(zoo):
    assert sorted(zoo.metafiles) == sorted(
        path.relative_to(ROOT).as_posix() for path in (ROOT / 'configs').rglob('*metafile.yml'))


def test_metafiles_have_the_form_of_openmmlab(zoo):
    for path, content in zoo.metafiles.items():
        assert list(content) == ['Collections', 'Models'], path
        names = [collection['Name'] for collection in content['Collections']]
        for collection in content['Collections']:
            assert set(collection) == {'Name', 'README', 'Paper'}
            assert set(collection['Paper']) == {'URL', 'Title'}
            assert (ROOT / collection['README']).is_file()
            assert zoo.models_of(collection)
        for model in content['Models']:
            assert model['In Collection'] in names
            assert set(model) - {'Results'} == {'Name', 'Config', 'In Collection', 'Metadata'}
            for result in model.get('Results', ()):
                assert {'Dataset', 'Task', 'Metrics'} <= set(result)


def test_schedules_and_results_are_those_of_configs_and_trainings(zoo):
    again = Zoo(ROOT)
    again.update_schedules()
    again.update_results()
    for model, updated in zip(zoo.models, again.models):
        assert model == updated, 'run python -m maintenance.write_zoo'
    assert {run['config'] for run in zoo.results} <= {model['Config'] for model in zoo.models}


def test_no_published_result_is_given_as_measured(zoo):
    for model in zoo.models:
        for result in model.get('Results', ()):
            assert result['Dataset'].startswith('rendered benchmark')


def test_files_are_what_the_tool_writes(zoo):
    for path, text in {**zoo.metafile_texts(), **draw_pages(zoo)}.items():
        assert (ROOT / path).read_text(encoding='utf-8') == text, (
            f'{path}: run python -m maintenance.write_zoo')


def test_numbers_of_small_models_are_what_they_measure(zoo, clip):
    small = [model for model in zoo.models
             if float(model['Metadata']['FLOPs'].rstrip('G')) < SMALL]
    assert len(small) > 10
    for model in small:
        measured = MeasuredModel(Config.fromfile(ROOT / model['Config']), clip)
        size = size_metadata(measured.complexity())
        assert {name: model['Metadata'].get(name) for name in size} == size, (
            f'run python -m maintenance.write_zoo --measure {model["Config"]}')


def test_models_of_one_network_and_input_have_one_size(zoo, clip):
    sizes = {}
    for model in zoo.models:
        key = MeasuredModel(Config.fromfile(ROOT / model['Config']), clip).key
        size = [model['Metadata'].get(name) for name in ('Parameters', 'FLOPs')]
        assert sizes.setdefault(key, size) == size, model['Config']


def test_published_rows_stand_under_the_methods_of_the_zoo(zoo):
    methods = {row.method for row in published_results()}
    without = {collection['Name'] for collection in zoo.collections} - methods
    assert without == {'MCFE head on stock recognizers', 'TSN head on CLIP', 'AEN, its 2D model',
                       'CLIP-CAER'}  # it has results on RAER alone, which has no table


def test_seeds_are_averaged_and_schedules_kept_apart():
    runs = [dict(epochs=8, seed=0, UAR=0.5, WAR=0.6, ceiling=0.6571),
            dict(epochs=8, seed=1, UAR=0.6, WAR=0.7, ceiling=0.6571),
            dict(epochs=20, seed=0, UAR=0.9, WAR=0.9, ceiling=1.)]
    long, short = summarize_runs(runs)
    assert (long['Epochs'], long['Seeds'], long['Metrics']) == (20, [0], dict(UAR=90., WAR=90.))
    assert (short['Epochs'], short['Seeds'], short['Metrics']) == (8, [0, 1],
                                                                   dict(UAR=55., WAR=65.))
    assert (long['Ceiling'], short['Ceiling']) == (100., 65.71)


@pytest.mark.parametrize('value', [0.5905, 0.5476, 0.6185, 1.])
def test_a_result_reads_alike_in_all_tables(value):
    run = dict(config='c3d_demo.py', epochs=8, seed=0, UAR=value, WAR=value, ceiling=value,
               seconds=1, machine='', date='', command='')
    [entry] = summarize_runs([run])
    uar, war, ceiling = run_row(run)[3:6]
    assert result_cell(entry) == f'{uar}/{war} of {ceiling}'


def test_readme_has_five_rows(zoo):
    rows = [line for line in readme_section(zoo).splitlines() if line.startswith('|')][2:]
    names = [row.split('|')[1].strip() for row in rows]
    assert names == list(README_COLLECTIONS) and len(names) == 5


def test_only_what_is_between_the_markers_is_replaced():
    text = 'a\n<!-- zoo -->\nold\n<!-- /zoo -->\nb\n'
    assert replace_section(text, 'new') == 'a\n<!-- zoo -->\nnew\n<!-- /zoo -->\nb\n'


@pytest.fixture
def clone(tmp_path):
    for path in ('README.md', 'model-index.yml', 'docs', 'configs'):
        copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy
        (tmp_path / path).parent.mkdir(exist_ok=True)
        copy(ROOT / path, tmp_path / path)
    return tmp_path


@pytest.mark.parametrize('key', ['Parameters', 'FLOPs'])
def test_a_wrong_number_shows(clone, key):
    path = clone / 'configs' / 'resnet3d18' / 'metafile.yml'
    content = yaml.safe_load(path.read_text())
    content['Models'][0]['Metadata'][key] = '1.00' + content['Models'][0]['Metadata'][key][-1]
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=100))
    pages = draw_pages(Zoo(clone))
    for page in ('README.md', 'docs/zoo.md'):
        assert pages[page] != (clone / page).read_text(encoding='utf-8')


def test_a_config_without_numbers_is_named(clone):
    path = clone / 'configs' / 'c3d' / 'metafile.yml'
    content = yaml.safe_load(path.read_text())
    content['Models'][0]['Metadata'] = {'Architecture': 'C3D', 'Training Data': 'DFEW'}
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ValueError, match='c3d_dfew.py: the model has not been measured.*'
                                         '--measure configs/'):
        draw_pages(Zoo(clone))


def test_unlisted_config_is_refused(zoo):
    with pytest.raises(ValueError, match='configs/other.py: no metafile of model-index.yml lists'):
        zoo.select_models(['configs/other.py'])
