"""The way into a process is chosen by what the process is, and said."""

import os
from dataclasses import replace

import pytest

from logwatch.attach import method
from logwatch.attach.inject import Injection
from logwatch.attach.method import choose_method, inject, warn_of_untried
from logwatch.attach.process import read_process
from logwatch.attach.site import InjectError


@pytest.fixture
def process():
    """A process of Python 3.11 on x86-64."""
    found = read_process(os.getpid())
    return replace(found, python="3.11", machine="x86_64", has_shadow_stack=False)


@pytest.mark.parametrize(
    ("more", "chosen"),
    [
        ({}, "ptrace"),
        ({"python": "3.8"}, "ptrace"),
        ({"python": "3.13"}, "ptrace"),
        ({"python": "3.14"}, "remote"),
        ({"python": "3.15"}, "remote"),
        ({"python": "3.16"}, "ptrace"),
        ({"machine": "aarch64"}, "ptrace"),
        ({"machine": "riscv64"}, "gdb"),
        ({"has_shadow_stack": True}, "gdb"),
    ],
)
def test_the_first_method(process, more, chosen):
    """Python's own protocol where it is known, else ours, else gdb."""
    assert chosen == choose_method(replace(process, **more), "auto")


@pytest.mark.parametrize("name", [name for name in method.METHODS if name != "auto"])
def test_what_is_asked_for_is_done(process, name):
    """A method by name is taken, whatever the process is."""
    assert name == choose_method(process, name)


def test_an_untried_processor_is_said(process, monkeypatch):
    """Where our injector never ran, each use of it says so; where it did, nothing is said."""
    monkeypatch.setattr(method, "inject_call", lambda process, line: Injection("ptrace", 0.001))
    arm = replace(process, machine="aarch64")

    note = "the injector for aarch64 has never run on such a processor"
    assert note == inject(arm, "None", "ptrace").note
    assert "" == inject(process, "None", "ptrace").note
    assert "" == warn_of_untried(replace(process, machine="riscv64"))


def test_a_note_of_the_method_is_kept(process, monkeypatch):
    """Both notes are told."""
    done = Injection("thread", 0.001, "the main thread waits in futex")
    monkeypatch.setattr(method, "inject_thread", lambda process, line, before: done)

    note = inject(replace(process, machine="aarch64"), "None", "thread").note
    assert note.startswith("the main thread waits in futex. the injector for aarch64")


def test_no_such_method(process):
    """Another word is refused."""
    with pytest.raises(InjectError, match="there is no method magic"):
        inject(process, "None", "magic")


def test_an_unknown_processor_without_gdb(process, monkeypatch):
    """Where neither ours nor gdb can do it, what ours lacks is said."""
    monkeypatch.setattr(method, "find_gdb", lambda: None)
    found = method.find_unfit_method(replace(process, machine="riscv64"), "auto")

    assert "unknown-machine" == found.code


def test_a_newer_python_is_entered_by_ptrace(process, monkeypatch):
    """A version whose table is not known yet is no reason to refuse."""

    def refuse(pid, memory):
        raise InjectError("Python 3.16 has no remote debugging that we know")

    monkeypatch.setattr(method, "look_at_remote", refuse)
    newer = replace(process, python="3.16")

    assert method.find_unfit_method(newer, "auto") is None
    assert "no-remote" == method.find_unfit_method(newer, "remote").code
