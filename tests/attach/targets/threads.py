"""Training beside three threads that keep the GIL busy."""

import sys
import threading

from training import end, run

sys.setswitchinterval(0.0002)  # the training gets the GIL often enough to be watched
over = threading.Event()


def spin():
    """Bytecode until the end."""
    number = 0
    while not over.is_set():
        number = (number + 1) % 1000


for _ in range(3):
    threading.Thread(target=spin, daemon=True).start()
run()
over.set()
end()
