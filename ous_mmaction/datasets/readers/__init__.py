"""The datasets of the field as they are handed out; to add one, write its reader and list it here."""
from .class_folders import read_folders
from .dfew import read_dfew
from .ferv39k import read_ferv39k
from .mafw import read_mafw

# Name on the command line -> its reader. A reader takes the root and the options that it names, of
# `folds`, `source`, `faces` and `classes`, and returns a list of `Split`.
READERS = dict(dfew=read_dfew, ferv39k=read_ferv39k, mafw=read_mafw, folders=read_folders)

__all__ = ['READERS', 'read_dfew', 'read_ferv39k', 'read_folders', 'read_mafw']
