#!/usr/bin/env python3
"""An echo server on asyncio's buffered protocols, which receive into memory of ours: one buffer serves all
connections, and what is written is copied out of it. The transport sets TCP_NODELAY itself, and closes after the peer's
end once all is out."""

import sys

# This file has the name of the module that it uses.
del sys.path[0]
import asyncio  # noqa: E402

BACKLOG = 4096
BUFFER = memoryview(bytearray(256 * 1024))


class Echo(asyncio.BufferedProtocol):
    def connection_made(self, transport):
        self.transport = transport
        # Any unsent byte stops the reading until all are out.
        transport.set_write_buffer_limits(high=0)

    def get_buffer(self, sizehint):
        return BUFFER

    def buffer_updated(self, count):
        self.transport.write(bytes(BUFFER[:count]))

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, backlog=BACKLOG)
    print("listening on 127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
