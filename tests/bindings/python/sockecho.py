"""The library as Python calls it with ctypes, which knows nothing but names and C's types. It declares what the tests
use; a whole binding is more of the same.

SOCKECHO_LIBRARY is the file of the shared library, libsockecho.so.0 where the loader finds it unless set."""

import ctypes
import os
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p

BLOCKING = -1
PORT_ANY = -1
EVENT_OPENED, EVENT_CLOSED = 1, 2
ECLOSED, EMISMATCH = -10002, -10003
STAT_ORDERLY = 4
STAT_ECHOED_BYTES = 11

EventCallback = ctypes.CFUNCTYPE(c_int, c_void_p, c_int, c_void_p, c_void_p)

# Handles are c_void_p: ctypes would cut them to an int where nothing is declared.
_FUNCTIONS = {
    "se_version": (c_char_p,),
    "se_strerror": (c_char_p, c_int),
    "se_error_name": (c_char_p, c_int),
    "se_server_new": (c_int, c_char_p, c_int, POINTER(c_void_p)),
    "se_server_free": (None, c_void_p),
    "se_server_port": (c_int, c_void_p),
    "se_server_set_callback": (c_int, c_void_p, EventCallback, c_void_p),
    "se_server_set_timeout": (c_int, c_void_p, c_int64),
    "se_server_start": (c_int, c_void_p),
    "se_server_stop": (c_int, c_void_p),
    "se_server_join": (c_int, c_void_p),
    "se_server_stat": (c_int64, c_void_p, c_int),
    "se_connection_peer": (c_int, c_void_p, c_void_p, c_size_t),
    "se_connection_echoed": (c_int64, c_void_p),
    "se_connection_reason": (c_int, c_void_p),
    "se_client_new": (c_int, POINTER(c_void_p)),
    "se_client_free": (None, c_void_p),
    "se_client_set_timeout": (c_int, c_void_p, c_int64),
    "se_client_get_timeout": (c_int64, c_void_p),
    "se_client_connect": (c_int, c_void_p, c_char_p, c_int),
    "se_client_echo": (c_int, c_void_p, c_void_p, c_size_t, c_void_p),
    "se_client_finish": (c_int, c_void_p),
    "se_client_fd": (c_int, c_void_p),
    "se_client_events": (c_int, c_void_p),
    "se_client_mismatch_at": (c_int64, c_void_p),
}

library = ctypes.CDLL(os.environ.get("SOCKECHO_LIBRARY", "libsockecho.so.0"))
for _name, (_result, *_arguments) in _FUNCTIONS.items():
    _function = getattr(library, _name)
    _function.restype = _result
    _function.argtypes = _arguments


class Error(Exception):
    """A negative result, with its number in code."""

    def __init__(self, code):
        super().__init__(library.se_strerror(code).decode())
        self.code = code


def check(result):
    """The result, where it is not an error."""
    if result < 0:
        raise Error(result)
    return result


class Server:
    """A server in a thread of its own for as long as a with block lasts. on_event(event, connection) decides by its result."""

    def __init__(self, on_event=None):
        self.handle = c_void_p()
        check(library.se_server_new(None, PORT_ANY, self.handle))
        self._runs = False
        self._callback = EventCallback(lambda server, event, connection, data: on_event(event, connection))
        if on_event:
            check(library.se_server_set_callback(self.handle, self._callback, None))

    def __enter__(self):
        check(library.se_server_start(self.handle))
        self._runs = True
        return self

    def __exit__(self, *_):
        self.end()
        library.se_server_free(self.handle)

    def end(self):
        """Drains; returns when the last connection has ended. Once is enough."""
        if self._runs:
            check(library.se_server_stop(self.handle))
            check(library.se_server_join(self.handle))
            self._runs = False

    def port(self):
        return check(library.se_server_port(self.handle))

    def stat(self, figure):
        return check(library.se_server_stat(self.handle, figure))


class Client:
    """A client that is connected for as long as a with block lasts."""

    def __init__(self, port):
        self.handle = c_void_p()
        check(library.se_client_new(self.handle))
        self._port = port

    def __enter__(self):
        check(library.se_client_connect(self.handle, None, self._port))
        return self

    def __exit__(self, *_):
        library.se_client_free(self.handle)

    def set_timeout(self, timeout_ms):
        check(library.se_client_set_timeout(self.handle, timeout_ms))

    def get_timeout(self):
        return library.se_client_get_timeout(self.handle)

    def echo(self, message):
        """The echo of bytes, once it is back and the same."""
        reply = ctypes.create_string_buffer(max(len(message), 1))
        check(library.se_client_echo(self.handle, message, len(message), reply))
        return reply.raw[: len(message)]

    def finish(self):
        check(library.se_client_finish(self.handle))

    def descriptor(self):
        return check(library.se_client_fd(self.handle))

    def events(self):
        return check(library.se_client_events(self.handle))

    def mismatch_at(self):
        return library.se_client_mismatch_at(self.handle)


def peer_of(connection):
    """The address of a connection's peer, within a callback."""
    text = ctypes.create_string_buffer(128)
    check(library.se_connection_peer(connection, text, len(text)))
    return text.value.decode()
