"""Columns of numbers that grow; what was seen of them never changes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST_ROOM = 64
GROWTH = 4
"""How much larger the room of a full column becomes: what is copied is a third of what is kept, and
pages of memory that nothing was written to are not taken."""


class Column:
    """A float64 or int64 column that grows by leaps; a view of a prefix stays valid for ever."""

    def __init__(self, dtype: type) -> None:
        self._room: NDArray[Any] = np.empty(FIRST_ROOM, dtype)
        self._count = 0
        self._shown = 0

    def __len__(self) -> int:
        return self._count

    def extend(self, values: NDArray[Any]) -> None:
        """Append (n,) values."""
        end = self._count + len(values)
        if end > len(self._room):
            self._move(max(end, GROWTH * len(self._room)))
        self._room[self._count : end] = values
        self._count = end

    def view(self) -> NDArray[Any]:
        """The (n,) values so far, read-only; nothing that is done later changes it."""
        self._shown = max(self._shown, self._count)
        seen = self._room[: self._count]
        seen.flags.writeable = False
        return seen

    def peek(self, start: int) -> NDArray[Any]:
        """The (n,) values from `start` on, to be looked at before anything else is done."""
        return self._room[start : self._count]

    def cut(self, count: int) -> None:
        """Forget the values from `count` on; a view that holds them keeps them."""
        self._count = min(self._count, count)
        if self._shown > self._count:
            self._move(len(self._room))

    def _move(self, size: int) -> None:
        room = np.empty(size, self._room.dtype)
        room[: self._count] = self._room[: self._count]
        self._room, self._shown = room, 0


class SparseColumn(Column):
    """A float64 column that takes no room while all it holds is NaN."""

    def __init__(self) -> None:
        super().__init__(np.float64)
        self._silent = 0

    def __len__(self) -> int:
        return self._silent or super().__len__()

    def extend(self, values: NDArray[Any]) -> None:
        """Append (n,) values; until one is finite only their number is kept."""
        if not self._count and np.isnan(values).all():
            self._silent += len(values)
            return
        if self._silent:
            super().extend(np.full(self._silent, np.nan))
            self._silent = 0
        super().extend(values)

    def view(self) -> NDArray[Any]:
        """The (n,) values so far, read-only."""
        if self._silent:
            return np.broadcast_to(np.float64(np.nan), self._silent)
        return super().view()

    def peek(self, start: int) -> NDArray[Any]:
        """The (n,) values from `start` on, to be looked at before anything else is done."""
        return self.view()[start:] if self._silent else super().peek(start)

    def cut(self, count: int) -> None:
        """Forget the values from `count` on; a view that holds them keeps them."""
        self._silent = min(self._silent, count)
        super().cut(count)
