"""Training in a second thread, while the main thread is parked in `join`."""

import threading
import time

from training import end, run

worker = threading.Thread(target=run, args=(lambda: time.sleep(0.005),))
worker.start()
worker.join()
end()
