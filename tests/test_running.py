"""``python -m theanets_reg SCRIPT``: scripts in the shape of theanets' own examples.

The losses are those on Theano 1.0.5. ``THEANETS_REG_SCRIPTS=1`` trains every script with
every keyword: two minutes more.
"""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

import theanets_reg

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('downhill') is None, reason='for theanets')

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(theanets_reg.__file__)))
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'scripts')
FLAGS = {'THEANO_FLAGS': 'cxx=,mode=FAST_COMPILE,floatX=float64',
         'PYTENSOR_FLAGS': 'cxx=,linker=py,optimizer=None,floatX=float64'}

LOSSES = {
    'mnist-autoencoder': dict(
        none=1.11338424752, weight_l2=1.12070821577, weight_l1=1.13588431131,
        weight_decay=1.12070821577, weight_sparsity=1.13588431131, hidden_l1=1.15988805769,
        hidden_sparsity=1.15988805769, activation_l2=1.13839583209, contractive=1.12538621141),
    'xor-classifier': dict(
        none=0.115429819404, weight_l2=0.125688561495, weight_l1=0.141789572233,
        hidden_l1=0.201850686868, activation_l2=0.190783871839, contractive=0.121330468613),
    'weight-tying': dict(
        none=2.34025742639, contractive=2.35898690978, weight_l2=2.35125203268,
        weight_l1=2.36897319608, hidden_l1=2.40731885693, activation_l2=2.40048278262),
    'recurrent-memory': dict(
        none=5.59426761544, recurrent_norm=31.3472623079, recurrent_state=5.83736003033,
        weight_l2=5.60725940176, weight_l1=5.61840957042, hidden_l1=5.7728142729,
        activation_l2=6.6904814729, contractive=6.25606547856),
    'recurrent-addition': dict(
        none=0.552721565705, contractive=0.689921340897, recurrent_norm=0.569363418777,
        recurrent_state=0.570310472217, weight_l2=0.56175593383, weight_l1=0.578284802967,
        hidden_l1=0.583965431261, activation_l2=0.567354299814),
    'lstm-chime': dict(
        none=1.36521447916, recurrent_norm=1.79304660518, weight_l2=1.37630310566,
        weight_l1=1.39368051636, hidden_l1=1.43032330474, activation_l2=1.4146886518,
        contractive=1.42249049058, recurrent_state=1.43634948629)}

#: Of the slow scripts the first so many keywords.
QUICK = {'weight-tying': 2, 'recurrent-memory': 3, 'recurrent-addition': 4, 'lstm-chime': 2}
DRAWN = ['noise', 'input_noise', 'hidden_noise', 'output_noise',
         'dropout', 'input_dropout', 'hidden_dropout', 'output_dropout']
SHAPES = {'mnist-autoencoder': '(20, 9)', 'xor-classifier': '(4, 1)', 'weight-tying': '(12, 5)',
          'recurrent-memory': '(4, 6, 1)', 'recurrent-addition': '(4, 5, 1)'}


def run(*args, folder=SCRIPTS, **kwargs):
    """The process that has run ``python -m theanets_reg`` with arguments."""
    env = dict(os.environ, PYTHONPATH=ROOT)
    for name, flags in FLAGS.items():
        env[name] = ','.join(filter(None, [os.environ.get(name), flags]))
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'theanets_reg'] + list(args), env=env,
        cwd=str(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, **kwargs)


def trials(script, keywords, *options):
    """Of each keyword the loss that a script prints."""
    done = run(script + '.py', *(list(options) + keywords))
    assert done.returncode == 0, done.stderr
    lines = [line.split(None, 3)[1:] for line in done.stdout.splitlines()
             if line.startswith('trial ')]
    shape = SHAPES.get(script)
    assert {line[2] for line in lines} == {shape} or shape is None
    return {name: float(loss) for name, loss, _ in lines}


@pytest.mark.parametrize('script', sorted(LOSSES))
def test_losses(script):
    names = [name for name in LOSSES[script]]
    if not os.environ.get('THEANETS_REG_SCRIPTS'):
        names = names[:QUICK.get(script)]
    found = trials(script, [name + '=0.1' for name in names if name != 'none'])
    assert found == pytest.approx({name: LOSSES[script][name] for name in names}, rel=1e-9)


@pytest.mark.parametrize('script', [
    script if script in ('mnist-autoencoder', 'xor-classifier') else pytest.param(
        script, marks=pytest.mark.skipif(not os.environ.get('THEANETS_REG_SCRIPTS'),
                                         reason='takes long')) for script in sorted(LOSSES)])
def test_noise_and_dropout(script):
    """Draws differ between the packages; each keyword has its own effect."""
    found = trials(script, [name + '=0.1' for name in DRAWN])
    assert set(found) == {'none', *DRAWN} and np.isfinite(list(found.values())).all()
    assert len(set(found.values())) == len(found)


def test_a_regularizer_of_ones_own():
    found = trials('xor-classifier', ['weight_inverse=.1', 'contractive=0.0'])
    assert found['weight_inverse'] > found['none'] == found['contractive']


def test_options():
    assert 'hid1": (in:out)9 -> 9' in run('mnist-autoencoder.py', '--features', '3').stdout
    wrong = run('mnist-autoencoder.py', '--features', 'many')
    assert wrong.returncode == 2 and "invalid int value: 'many'" in wrong.stderr


AS_PYTHON_DOES = '''
import pickle, sys, os
import beside


class Local(object):
    pass


print(__name__, __file__, sys.argv, beside.VALUE, os.path.realpath(sys.path[0]))
print(type(pickle.loads(pickle.dumps(Local()))) is Local, sys.modules['__main__'].Local is Local)
sys.exit(int(sys.argv[1]))
'''


def test_as_python_does(tmp_path):
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'folder' / 'script.py').write_text(AS_PYTHON_DOES)
    (tmp_path / 'folder' / 'beside.py').write_text('VALUE = 42')
    path = os.path.join('folder', 'script.py')
    done = run(path, '3', '--help', folder=tmp_path)
    said = done.stdout.splitlines()[-2:]
    assert done.returncode == 3, done.stderr
    assert said[1] == 'True True' and ' 42 ' in said[0]
    env = dict(os.environ, PYTHONPATH=ROOT)
    plain = subprocess.run([sys.executable, path, '3', '--help'], cwd=str(tmp_path), env=env,
                           stdout=subprocess.PIPE, universal_newlines=True)
    assert plain.stdout.splitlines() == said


def test_an_error_is_told_where_it_is(tmp_path):
    (tmp_path / 'wrong.py').write_text('import theanets\n\n1 / 0\n')
    done = run('wrong.py', folder=tmp_path)
    assert done.returncode == 1
    assert 'wrong.py", line 3, in <module>' in done.stderr
    assert done.stderr.rstrip().endswith('ZeroDivisionError: division by zero')


@pytest.mark.parametrize('args, status, said', [
    ([], 2, 'usage: python -m theanets_reg SCRIPT [ARG ...]'),
    (['--help'], 0, 'usage: python -m theanets_reg SCRIPT [ARG ...]'),
    (['nowhere.py'], 2, "can't open file 'nowhere.py'")])
def test_nothing_to_run(args, status, said):
    done = run(*args)
    assert done.returncode == status and said in done.stdout + done.stderr


def test_ones_own_climate_comes_first(tmp_path):
    """Scripts may have brought a stand-in of their own."""
    (tmp_path / 'climate.py').write_text(
        'import logging\nget_logger = logging.getLogger\nMINE = 7\n'
        'def enable_default_logging(): pass\n')
    (tmp_path / 'script.py').write_text('import climate, theanets\nprint(climate.MINE)')
    done = run('script.py', folder=tmp_path)
    assert done.stdout.splitlines()[-1] == '7', done.stderr
