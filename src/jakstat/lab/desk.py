"""Short questions wait here: one a view, the newest only; one thread answers them in turn.

A slider that moves faster than answers come would fill any queue. So a view (a chart in a tab) has one place:
a newer question takes it, and the older one is told that it is stale. What is being answered is finished.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from jakstat.lab.replies import refusal
from jakstat.limits import LIMITS

__all__ = ["Desk"]


class Desk:
    """A waiting room with one place a view, and the thread that serves it.

    Parameters
    ----------
    most : int
        How many views may wait.

    Examples
    --------
    >>> desk = Desk()
    >>> desk.put("a", lambda: b"answer").result()
    b'answer'
    >>> desk.close()
    """

    def __init__(self, most: int = LIMITS.lab_views) -> None:
        self._most = most
        self._waiting: OrderedDict[str, tuple[Callable[[], bytes], Future[bytes]]] = OrderedDict()
        self._some, self._closed = threading.Condition(), False
        self._thread = threading.Thread(target=self._serve, name="lab-desk", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many questions wait."""
        return len(self._waiting)

    def put(self, view: str, work: Callable[[], bytes]) -> Future[bytes]:
        """Take a view's place; who had it is told ``lab.stale``.

        Raises
        ------
        LabRefusal
            ``lab.busy`` when too many views wait.
        """
        future: Future[bytes] = Future()
        with self._some:
            if self._closed:
                raise refusal("lab.busy", "the laboratory is closing")
            older = self._waiting.get(view)
            if older is None and len(self._waiting) >= self._most:
                raise refusal("lab.busy", "too many questions wait", hint="ask again in a moment")
            self._waiting[view] = (work, future)  # at the place in the row that the view has
            self._some.notify()
        if older is not None and older[1].set_running_or_notify_cancel():
            older[1].set_exception(refusal("lab.stale", "a newer question of this view came"))
        return future

    def close(self) -> None:
        """Answer nothing more; who waits is told so."""
        with self._some:
            self._closed = True
            left = list(self._waiting.values())
            self._waiting.clear()
            self._some.notify()
        for _, future in left:
            if future.set_running_or_notify_cancel():
                future.set_exception(refusal("lab.busy", "the laboratory is closing"))

    def _serve(self) -> None:
        while True:
            with self._some:
                while not self._waiting and not self._closed:
                    self._some.wait()
                if self._closed:
                    return
                _, (work, future) = self._waiting.popitem(last=False)
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
