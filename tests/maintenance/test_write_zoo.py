def test_unlisted_config_ends_in_one_line(run_tool):
    code, _ = run_tool('../maintenance/write_zoo.py', '--measure', 'configs/nothing.py')
    assert code.startswith('error: configs/nothing.py: no metafile of model-index.yml lists the '
                           'config. Add its Name')
    assert '\n' not in code


def test_help_says_how(run_tool):
    code, output = run_tool('../maintenance/write_zoo.py', '--help')
    assert code == 0 and 'python -m maintenance.write_zoo --measure all' in output
