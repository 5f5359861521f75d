"""The link between sluiced and the simulated card's registers, which a test can cut."""

import contextlib
import selectors
import socket
import threading


class ControlLink:
    """Carries bytes between a socket of its own and the card's. While it is cut, what is sent is
    lost without a word; when it is mended, every connection of before is closed."""

    def __init__(self, path, card_path):
        self.path = str(path)
        self._card_path = str(card_path)
        self._selector = selectors.DefaultSelector()
        self._peers = {}
        self._cut = threading.Event()
        self._mend = threading.Event()
        self._over = threading.Event()

    def __enter__(self):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._close_all()
        self._listener.close()
        self._selector.close()

    def cut(self):
        self._cut.set()

    def mend(self):
        self._mend.set()

    def _run(self):
        while not self._over.is_set():
            if self._mend.is_set():
                self._close_all()
                self._cut.clear()
                self._mend.clear()
            for key, _ in self._selector.select(0.05):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj in self._peers:
                    self._carry(key.fileobj)

    def _accept(self):
        near = self._listener.accept()[0]
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self._card_path)
        except OSError:
            near.close()
            far.close()
            return
        for one, other in ((near, far), (far, near)):
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _carry(self, source):
        try:
            data = source.recv(65536)
            if data and not self._cut.is_set():
                self._peers[source].sendall(data)
        except OSError:
            data = b""
        if not data:
            self._close(source)

    def _close(self, one):
        for end in (one, self._peers.get(one)):
            if self._peers.pop(end, None) is None:
                continue
            with contextlib.suppress(KeyError):
                self._selector.unregister(end)
            end.close()

    def _close_all(self):
        for one in list(self._peers):
            self._close(one)
