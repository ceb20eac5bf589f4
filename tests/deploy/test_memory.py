"""What the programs do not load, and what they give back."""

import gc
import subprocess
import sys

from deploy.memory import settle

LOADED = "import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"


def _loaded_by(module: str) -> set[str]:
    code = LOADED.format(module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_pages_read_no_words_and_need_no_sdk():
    assert not {"janome", "linebot", "rapidfuzz"} & _loaded_by("deploy.app")


def test_the_worker_draws_nothing():
    loaded = _loaded_by("deploy.work")
    assert {"janome", "linebot"} <= loaded
    assert "PIL" not in loaded


def test_settling_leaves_the_collector_little_to_walk():
    try:
        settle()
        assert gc.get_freeze_count() > len(gc.get_objects())
    finally:
        gc.unfreeze()
