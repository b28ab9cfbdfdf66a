"""What the words of the command line mean."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from logwatch.sources.pipe import Pipe
from logwatch.sources.source import Chunk, Source, SourceError
from logwatch.sources.tail import Tail
from logwatch.sources.targets import Target, expand_targets, is_log_name, open_source


def touch(folder: Path, *names: str) -> None:
    """Make files, each written later than the one before."""
    for age, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"step 1\n")
        os.utime(path, (1000.0 + age, 1000.0 + age))


def names(cwd: Path, *words: str) -> list[str]:
    return [target.name for target in expand_targets(words, cwd)]


def error(cwd: Path, word: str) -> str:
    (target,) = expand_targets([word], cwd)
    assert target.path is None
    return target.error


def test_a_file_is_itself(tmp_path: Path) -> None:
    """A file keeps the user's spelling as its name, relative or absolute."""
    touch(tmp_path, "train.log")

    assert (Target("train.log", tmp_path / "train.log"),) == expand_targets(["train.log"], tmp_path)
    assert [f"{tmp_path}/train.log"] == names(tmp_path, f"{tmp_path}/train.log")


def test_a_folder_is_its_logs_newest_first(tmp_path: Path) -> None:
    """Of a folder the log files count, not what else lies there, and no subfolders."""
    touch(tmp_path, "logs/a.out", "logs/b.err", "logs/model.pt", "logs/c.log.1", "logs/old.log.gz")
    (tmp_path / "logs" / "sub.log").mkdir()

    assert ["logs/c.log.1", "logs/b.err", "logs/a.out"] == names(tmp_path, "logs")
    assert ["c.log.1", "b.err", "a.out"] == names(tmp_path / "logs", ".")


def test_a_glob_is_its_files_newest_first(tmp_path: Path) -> None:
    """A quoted pattern is expanded here, without folders and packed files."""
    touch(tmp_path, "run1/a.log", "run2/a.log", "run2/b.log.gz", "run3/c.txt")
    (tmp_path / "run4" / "d.log").mkdir(parents=True)

    assert ["run2/a.log", "run1/a.log"] == names(tmp_path, "run*/*.log*")
    assert ["run3/c.txt"] == names(tmp_path, "**/*.txt")
    assert "run9/*.log matches no file" == error(tmp_path, "run9/*.log")


def test_a_name_with_glob_signs_is_a_file_first(tmp_path: Path) -> None:
    """A file whose name looks like a pattern is found by its name."""
    touch(tmp_path, "lr=[0.1].log", "lr=0.log")

    assert ["lr=[0.1].log"] == names(tmp_path, "lr=[0.1].log")


def test_a_job_id_is_its_log(tmp_path: Path) -> None:
    """A job's default log comes first; a file of that very name before it."""
    touch(tmp_path, "slurm-13505008.out", "train-13505008.err", "slurm-13505008_4.out", "77")

    assert ["slurm-13505008.out"] == names(tmp_path, "13505008")
    assert ["slurm-13505008_4.out"] == names(tmp_path, "13505008_4")
    assert ["77"] == names(tmp_path, "77")


def test_a_job_id_finds_logs_of_other_names(tmp_path: Path) -> None:
    """Without the default name, every log with exactly this number in its name is the job's."""
    touch(tmp_path, "llama_42.out", "llama.o42", "llama_421.out", "x142.log", "ckpt-42.pt")

    assert ["llama.o42", "llama_42.out"] == names(tmp_path, "42")


def test_an_array_is_all_its_tasks(tmp_path: Path) -> None:
    """The id of an array gives the logs of its tasks, one task's id only its own."""
    touch(tmp_path, "slurm-9_1.out", "slurm-9_2.out", "slurm-9_12.out")

    assert ["slurm-9_12.out", "slurm-9_2.out", "slurm-9_1.out"] == names(tmp_path, "9")
    assert ["slurm-9_1.out"] == names(tmp_path, "9_1")


def test_a_job_without_a_log_is_said(tmp_path: Path) -> None:
    """The sentence names where was looked."""
    expected = "no log of job 13505008 is here: neither slurm-13505008.out nor a log named "
    assert f"{expected}*13505008*" == error(tmp_path, "13505008")


def test_a_dash_is_standard_input_once(tmp_path: Path) -> None:
    """However it is called and how often, standard input is one log."""
    assert (Target("standard input"),) == expand_targets(["-", "/dev/stdin", "-"], tmp_path)


def test_each_file_comes_once(tmp_path: Path) -> None:
    """A file named twice, or found by two words, is one run."""
    touch(tmp_path, "a.log", "b.log")

    assert ["a.log", "b.log"] == names(tmp_path, "a.log", "*.log", ".", f"{tmp_path}/a.log")


def test_one_bad_word_stops_no_other(tmp_path: Path) -> None:
    """A word that fails stands in its place with its error."""
    touch(tmp_path, "a.log", "b.log")
    targets = expand_targets(["a.log", "missing.log", "b.log"], tmp_path)

    assert ["", "missing.log does not exist", ""] == [
        target.error.partition(";")[0] for target in targets
    ]


def test_the_nearest_name_is_suggested(tmp_path: Path) -> None:
    """A typing error is answered with the name that was meant, in the user's spelling."""
    touch(tmp_path, "logs/slurm-13505008.out", "logs/other.txt")

    expected = "logs/slurm-1350508.out does not exist; did you mean logs/slurm-13505008.out?"
    assert expected == error(tmp_path, "logs/slurm-1350508.out")
    assert "nowhere/x.log does not exist" == error(tmp_path, "nowhere/x.log")
    assert "~nobody9/x.log does not exist" == error(tmp_path, "~nobody9/x.log")


@pytest.mark.parametrize(
    ("name", "unpacker"), [("a.log.gz", "zcat"), ("a.log.zst", "zstdcat"), ("a.out.xz", "xzcat")]
)
def test_packed_files_are_said(tmp_path: Path, name: str, unpacker: str) -> None:
    """A packed log comes with the command that reads it."""
    touch(tmp_path, name)

    expected = f"{name} is compressed; unpack it first: {unpacker} {name} | logwatch -"
    assert expected == error(tmp_path, name)


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    """Devices and folders without logs have their own sentences."""
    (tmp_path / "empty").mkdir()

    assert "/dev/null is a device, not a log file" == error(tmp_path, "/dev/null")
    assert error(tmp_path, "empty").startswith("empty has no log files (*.out, ")


def test_logs_below_a_folder_are_found(tmp_path: Path) -> None:
    """The nearest level with logs counts, down to the second; hidden folders do not."""
    for name in ("runs/a/files/output.log", "runs/b/files/output.log", "runs/.old/c/x.log"):
        touch(tmp_path, name)

    assert {"runs/a/files/output.log", "runs/b/files/output.log"} == {
        target.name for target in expand_targets(["runs"], tmp_path)
    }
    touch(tmp_path, "runs/a/main.log")
    assert ["runs/a/main.log"] == [t.name for t in expand_targets(["runs"], tmp_path)]


def test_a_file_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    """The sentence names the owner, who can be asked."""
    if os.geteuid() == 0:
        program = (
            "import os; from pathlib import Path\n"
            "from logwatch.sources.targets import expand_targets\n"
            "os.setuid(65534)\n"
            "print(expand_targets(['/etc/shadow'], Path('/'))[0].error)"
        )
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
        said = result.stdout.decode()
    else:
        said = error(tmp_path, "/etc/shadow") + "\n"

    assert "/etc/shadow may not be read: permission denied; it belongs to root\n" == said


def test_names_are_printable(tmp_path: Path) -> None:
    """A file's name cannot write escape codes to the terminal, nor break it with odd bytes."""
    for name in (b"a\x1b[2J.log", b"b\xff.log"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"")

    assert {"a�[2J.log", "b�.log"} == set(names(tmp_path, "*.log"))
    assert "c�.log does not exist; did you mean b�.log?" == error(tmp_path, "c\udcff.log")


def test_log_names() -> None:
    """Names that schedulers and people give to logs are known, others are not."""
    logs = ["slurm-1.out", "a.err", "train.log", "train.log.2", "m.jsonl", "job.o123", "job.e12.3"]
    others = ["model.pt", "events.out.tfevents.1699.host", "a.log.gz", "out", "config.json", "x.o"]

    assert logs == [name for name in [*logs, *others] if is_log_name(name)]


def test_a_file_is_opened_to_follow(tmp_path: Path) -> None:
    """A target's file becomes a followed file under the target's name."""
    touch(tmp_path, "a.log")
    source = open_source(Target("a.log", tmp_path / "a.log"))

    assert isinstance(source, Tail)
    assert ("a.log", b"step 1\n") == (source.name, source.read(100, 1.0).data)
    source.close()


def test_a_failed_target_says_its_error_again() -> None:
    """Opening what could not be expanded raises the same sentence."""
    with pytest.raises(SourceError, match=r"^x\.log does not exist$"):
        open_source(Target("x.log", error="x.log does not exist"))


def test_a_file_that_went_meanwhile_is_said(tmp_path: Path) -> None:
    """Between the words and the opening a file may go."""
    with pytest.raises(SourceError, match=r"^x\.log does not exist$"):
        open_source(Target("x.log", tmp_path / "x.log"))


def test_a_fifo_is_read_as_a_pipe(tmp_path: Path, collect: Callable[[Source, int], bytes]) -> None:
    """A FIFO waits for its writer, gives what comes, and ends with it."""
    os.mkfifo(tmp_path / "fifo")
    (target,) = expand_targets(["fifo"], tmp_path)
    source = open_source(target)
    assert isinstance(source, Pipe)
    assert Chunk(0, b"", 0) == source.read(100, 1.0)
    with (tmp_path / "fifo").open("wb") as writer:
        writer.write(b"step 1\n")

    assert b"step 1\n" == collect(source, 7)
    assert "ended" == source.read(100, 1.0).event
    source.close()


def test_standard_input_from_a_file_is_followed(tmp_path: Path) -> None:
    """`logwatch - < train.log` can show any line again and notices growth."""
    touch(tmp_path, "a.log")
    with (tmp_path / "a.log").open("ab") as writer, (tmp_path / "a.log").open("rb") as stdin:
        source = open_source(Target("standard input"), stdin=stdin.fileno())
        assert isinstance(source, Tail)
        assert b"step 1\n" == source.read(100, 1.0).data
        writer.write(b"step 2\n")
        writer.flush()

        assert b"step 2\n" == source.read(100, 1.0).data
        source.close()


def test_standard_input_from_a_pipe_is_a_pipe() -> None:
    """`python train.py | logwatch -` reads where standard input was moved to."""
    reading, writing = os.pipe()
    os.write(writing, b"step 1\n")
    source = open_source(Target("standard input"), stdin=reading)

    assert isinstance(source, Pipe)
    assert b"step 1\n" == source.read(100, 1.0).data
    source.close()
    os.close(writing)
