"""Loads the modules as Salt's loader does: with the dunder dictionaries put in from outside."""

import importlib.util
import os
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent


def load(path, **names):
    file = FOLDER / path
    loader = importlib.machinery.SourceFileLoader("loaded_" + file.stem, str(file))
    specification = importlib.util.spec_from_file_location("loaded_" + file.stem, file, loader=loader)
    module = importlib.util.module_from_spec(specification)
    for name, value in names.items():
        setattr(module, name, value)
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def write(path, text, mode=0o600):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
