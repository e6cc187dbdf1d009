"""Readers of the official files of datasets. List the reader of a new dataset here."""
from .class_folders import read_folders
from .clip_list import read_list
from .dfew import read_dfew
from .ferv39k import read_ferv39k
from .mafw import read_mafw

# Name on the command line -> reader. A reader takes the root and those of the options `folds`,
# `source`, `faces`, `classes`, `list` and `subject_folds` that it has, and returns a list of
# `Split`.
READERS = dict(dfew=read_dfew, ferv39k=read_ferv39k, mafw=read_mafw, folders=read_folders,
               list=read_list)

__all__ = ['READERS', 'read_dfew', 'read_ferv39k', 'read_folders', 'read_list',
           'read_mafw']
