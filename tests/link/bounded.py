#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`spikemesh emulate` and `spikemesh wire` keep their memory, whatever clients do: the most that each process ever had
resident grows by at most LIMIT over what it had after the first host.

    bounded.py SPIKEMESH [--long]
"""
import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib

SPIKEMESH, LONG = sys.argv[1], "--long" in sys.argv
LIMIT = 10 << 10  # KiB
END = 0xC0
HOST_TILE = 0x8000
BYTES = 100_000_000 if LONG else 1_500_000  # each way
CLIENTS = 1000 if LONG else 60
SECONDS = 20 if LONG else 3  # of a flood, of a client that does not read


def read_frame(words, sequence=1):
    content = struct.pack("<BHH", 0x11, sequence, HOST_TILE) + bytes(3) + struct.pack("<H", words)
    content += struct.pack("<I", zlib.crc32(content))
    escaped = content.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    return bytes([END]) + escaped + bytes([END])


@contextlib.contextmanager
def server(*arguments):
    process = subprocess.Popen([SPIKEMESH, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = process.stdout.readline().strip()
        assert port, f"{arguments} printed no port: {process.stderr.read()}"
        yield process, port
        assert process.poll() is None, f"{arguments} ended: {process.stderr.read()}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def most_resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def connect(port):
    host, number = port.removeprefix("tcp:").split(":")
    end = socket.create_connection((host, int(number)), timeout=20)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return end


def ping(port):
    info = subprocess.run([SPIKEMESH, "info", "--port", port], capture_output=True, text=True, timeout=60)
    assert info.returncode == 0, info.stderr


def receive_frame(end):
    data = b""
    while data.count(END) < 2:
        data += end.recv(1)
    return data


def ask(port, request, answers):
    """Requests, 60 at a time, all answered, until BYTES have gone out (or, with `answers`, have come back)."""
    with connect(port) as end:
        end.sendall(request)
        answer, done = len(receive_frame(end)), 0
        while done < BYTES:
            end.sendall(request * 60)
            done += 60 * (answer if answers else len(request))
            left = 60 * answer
            while left > 0:
                data = end.recv(left)
                assert data, "the connection was closed"
                left -= len(data)


def clients(port):
    for _ in range(CLIENTS):
        with connect(port) as end:
            end.sendall(read_frame(1))
            receive_frame(end)


def pour(port, data):
    """Sends as fast as it is taken, and reads nothing."""
    with connect(port) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.settimeout(0.2)
        until, sent = time.monotonic() + SECONDS, 0
        while time.monotonic() < until:
            with contextlib.suppress(socket.timeout):
                sent += end.send(data)
    assert sent > 0


SCENES = {"bytes in": lambda port: ask(port, read_frame(1), False),
          "bytes out": lambda port: ask(port, read_frame(32), True), "clients": clients,
          "a flood": lambda port: pour(port, os.urandom(65536)),
          "a client that never reads": lambda port: pour(port, read_frame(32) * 1000)}


def hold(processes, port):
    ping(port)
    before = {name: most_resident(process) for name, process in processes.items()}
    for scene, play in SCENES.items():
        begin = time.monotonic()
        play(port)
        took = time.monotonic() - begin
        ping(port)
        for name, process in processes.items():
            grown = most_resident(process) - before[name]
            print(f"{name}: {scene}: {took:.1f} s, {before[name]} KiB, grown by {grown} KiB", flush=True)
            assert grown <= LIMIT, f"{name} grew by {grown} KiB: {scene}"


def pty_flood():
    """The same on a pseudo-terminal."""
    with server("emulate") as (process, port):
        ping(port)
        before, until, sent = most_resident(process), time.monotonic() + SECONDS, 0
        end = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        while time.monotonic() < until:
            try:
                sent += os.write(end, read_frame(32) * 100)
            except BlockingIOError:
                time.sleep(0.001)
        os.close(end)
        ping(port)
        grown = most_resident(process) - before
        print(f"emulate: a terminal that never reads: {sent} bytes sent, grown by {grown} KiB")
        assert 0 < sent and grown <= LIMIT


def main():
    with server("emulate", "--link", "tcp:0") as (emulate, chip):
        hold({"emulate": emulate}, chip)
        with server("wire", "--port", chip, "--link", "tcp:0") as (wire, port):
            hold({"emulate": emulate, "wire": wire}, port)
    pty_flood()


if __name__ == "__main__":
    os.environ["SYSTEMC_DISABLE_COPYRIGHT_MESSAGE"] = "1"
    main()
