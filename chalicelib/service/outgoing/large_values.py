"""Large values by reference. They never change, so a process keeps those it used last."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

from chalicelib.core import jsontext
from chalicelib.core.engine.state.draft import BLOB_BYTES
from chalicelib.core.jsontext import Json
from chalicelib.core.values import Blob, Value
from chalicelib.ports.values import Blobs

KEPT_BYTES = 32 * 1024 * 1024


def kept(blobs: Blobs, value: Json) -> Value:
    """A value as it can be passed around: by reference if it is large."""
    data = jsontext.dumps(value).encode()
    if len(data) <= BLOB_BYTES:
        return value
    digest = hashlib.sha256(data).hexdigest()
    blobs.put(digest, data)
    return Blob(digest, len(data))


class KeptValues:
    """The `Values` port over `Blobs`, with a cache bounded in bytes. Callers must not change what they get."""

    def __init__(self, blobs: Blobs, kept_bytes: int = KEPT_BYTES) -> None:
        self._blobs = blobs
        self._limit = kept_bytes
        self._size = 0
        self._kept: OrderedDict[str, tuple[Json, int]] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, value: Value) -> Json:
        """The value itself. Raises `NotFound` if it is gone."""
        if not isinstance(value, Blob):
            return value
        with self._lock:
            if value.hash in self._kept:
                self._kept.move_to_end(value.hash)
                return self._kept[value.hash][0]
        plain = jsontext.loads(self._blobs.get(value.hash))
        self._keep(value, plain)
        return plain

    def _keep(self, blob: Blob, plain: Json) -> None:
        with self._lock:
            if blob.hash not in self._kept:
                self._kept[blob.hash] = (plain, blob.size)
                self._size += blob.size
            while self._size > self._limit and self._kept:
                _, (_, size) = self._kept.popitem(last=False)
                self._size -= size
