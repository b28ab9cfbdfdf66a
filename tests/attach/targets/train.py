"""Nothing but training."""

from training import end, run

run()
end()
