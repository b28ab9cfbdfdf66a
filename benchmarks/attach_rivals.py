"""memray attach and debugpy --pid, as their manuals say, on the same targets."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FOLDER = Path(tempfile.gettempdir()) / "logwatch-attach-rivals"
LIMIT_S = 60.0
PACKAGES = ("memray", "debugpy")


def install() -> Path | None:
    """Put both into a folder of their own; None, and one line that says why, where that fails."""
    if shutil.which("gdb") is None:
        print("without gdb (apt-get install gdb) neither memray nor debugpy attaches: left out")
        return None
    if all((FOLDER / name).is_dir() for name in PACKAGES):
        return FOLDER
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(FOLDER)]
    if subprocess.run([*command, *PACKAGES], check=False).returncode:
        print("memray and debugpy could not be installed: left out")
        return None
    return FOLDER


class Rival:
    """A program that is run to attach."""

    def __init__(self, folder: Path) -> None:
        self._environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "HOME": "/tmp"}

    def _run(self, *words: str) -> bool:
        command = [sys.executable, "-m", *words]
        try:
            done = subprocess.run(
                command,
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            print(f"{words[0]} took longer than {LIMIT_S:.0f} s", file=sys.stderr)
            return False
        if done.returncode:
            print(f"{words[0]}: {(done.stderr or done.stdout)[-300:]}", file=sys.stderr)
        return done.returncode == 0


class Memray(Rival):
    """`memray attach -o FILE PID`, then `memray detach PID`; its first data are in the file."""

    def act(self, target: Any, tried: Any) -> None:
        """One cycle."""
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "out.bin"
            begun = time.perf_counter()
            if not self._run("memray", "attach", "-o", str(output), str(target.pid)):
                return
            while not output.exists() and time.perf_counter() < begun + LIMIT_S:
                time.sleep(0.001)
            tried.first.append(time.perf_counter() - begun)
            if self._run("memray", "detach", str(target.pid)):
                tried.worked += 1


class Debugpy(Rival):
    """`debugpy --listen PORT --pid PID`; its first data are when the port can be connected to."""

    def act(self, target: Any, tried: Any) -> None:
        """One attach; it has no way to leave."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        begun = time.perf_counter()
        if not self._run("debugpy", "--listen", f"127.0.0.1:{port}", "--pid", str(target.pid)):
            return
        while time.perf_counter() < begun + LIMIT_S:
            try:
                socket.create_connection(("127.0.0.1", port), 1.0).close()
            except OSError:
                time.sleep(0.001)
                continue
            tried.first.append(time.perf_counter() - begun)
            tried.worked += 1
            return
