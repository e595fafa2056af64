"""Random histories of a followed log: each line once, or a gap where it was.

make histories runs HISTORIES of them from HISTORY_SEED on."""

import os
import shutil
import tempfile

import pytest

from histories import History

HISTORIES = int(os.environ.get("HISTORIES", "36"))
FIRST_SEED = int(os.environ.get("HISTORY_SEED", "1"))
PARTS = 12


@pytest.mark.parametrize("part", range(PARTS))
def test_each_line_comes_once_or_a_gap_is_told(binary, folder, part):
    for seed in range(FIRST_SEED + part, FIRST_SEED + HISTORIES, PARTS):
        place = tempfile.mkdtemp(dir=folder)
        History(binary, place, seed).run()
        shutil.rmtree(place)
