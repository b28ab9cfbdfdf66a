"""The ranks of a job among the processes of a machine, in a /proc of the test's own."""

import pytest

from logwatch.sources.probe.ranks import find_ranks


@pytest.fixture
def proc(tmp_path):
    """A launcher (10) with ranks 1 and 0, a helper, a loader's worker, and a stranger."""
    for pid, parent, words in (
        (1, 0, ""),
        (10, 1, "RANK="),
        (21, 10, "LOCAL_RANK=1\0RANK=1"),
        (22, 10, "RANK=0"),
        (23, 10, "HOME=/"),
        (31, 22, "RANK=0"),
        (40, 1, "RANK=0"),
    ):
        folder = tmp_path / str(pid)
        folder.mkdir()
        (folder / "stat").write_text(f"{pid} (py (x) thon) S {parent} 1 1")
        (folder / "environ").write_text(words)
    return tmp_path


@pytest.mark.parametrize("pid", [10, 21, 22])
def test_one_rank_or_the_launcher_leads_to_all(proc, pid):
    """Ranks by number; neither a helper without rank nor a worker of a rank is among them."""
    assert {0: 22, 1: 21} == find_ranks(pid, proc)


@pytest.mark.parametrize("pid", [23, 99])
def test_who_has_no_rank_has_no_siblings(proc, pid):
    """A helper beside ranks is none, and a process that is gone neither."""
    assert {} == find_ranks(pid, proc)
