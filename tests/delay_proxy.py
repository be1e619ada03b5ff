"""A TCP proxy that delays everything, like a distant server.

`python -m tests.delay_proxy PORT SECONDS` runs one in its own process, and prints its port.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

_CHUNK = 65536


@contextmanager
def delayed(port: int, round_trip: float) -> Iterator[int]:
    """Forward connections to `port` of the loopback interface, and return the proxy's own port.

    Every byte takes half of `round_trip` seconds each way. The client's first byte takes another round trip, as the
    handshake of TCP does: the one with the proxy takes no time.
    """
    loop = asyncio.new_event_loop()
    with closing(loop):
        server = loop.run_until_complete(
            asyncio.start_server(lambda there, back: _serve(there, back, port, round_trip), "127.0.0.1", 0)
        )
        thread = threading.Thread(target=loop.run_forever, name="delay-proxy", daemon=True)
        thread.start()
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            server.close()
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            if tasks:
                loop.run_until_complete(asyncio.wait(tasks))


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, round_trip: float) -> None:
    there, back = await asyncio.open_connection("127.0.0.1", port)
    begins = asyncio.get_running_loop().time() + round_trip
    with suppress(OSError, asyncio.CancelledError), closing(writer), closing(back):
        await asyncio.gather(_pump(reader, back, round_trip / 2, begins), _pump(there, writer, round_trip / 2, 0))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, begins: float) -> None:
    """Pass on each chunk `delay` seconds after it came, or after `begins`, in order."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def send() -> None:
        while True:
            when, data = await queue.get()
            await asyncio.sleep(when - loop.time())
            if not data:
                writer.write_eof() if writer.can_write_eof() else writer.close()
                return
            writer.write(data)
            await writer.drain()

    sending = asyncio.create_task(send())
    data = b"-"
    while data:
        data = await reader.read(_CHUNK)
        queue.put_nowait((max(loop.time(), begins) + delay, data))
    await sending


if __name__ == "__main__":
    with delayed(int(sys.argv[1]), float(sys.argv[2])) as own:
        print(own, flush=True)
        while True:
            time.sleep(60)
