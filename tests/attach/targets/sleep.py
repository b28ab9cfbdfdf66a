"""Training that sleeps between the steps."""

import time

from training import end, run

run(lambda: time.sleep(0.05))
end()
