"""Publishes frames as any Python program would: publish.py COUNT HEIGHT WIDTH. Prints its address, waits for a line and a
subscriber, publishes."""
import json
import sys

import zmq

count, height, width = map(int, sys.argv[1:4])
socket = zmq.Context().socket(zmq.XPUB)  # a PUB that can see who listens
socket.sndhwm = 0
port = socket.bind_to_random_port("tcp://127.0.0.1")
print(f"tcp://127.0.0.1:{port}", flush=True)
sys.stdin.readline()
assert socket.recv() == b"\x01"
for n in range(count):
    pixels = bytes([n // 256, n % 256, *((n + i) % 251 for i in range(2, height * width))])
    header = {"dtype": "uint8", "shape": [height, width], "pixelSizeNm": 30, "n": n}
    socket.send_multipart([b"camera.1", json.dumps(header).encode(), pixels])
    if n % 10 == 0:
        socket.send_multipart([b"camera.1", b"not JSON", pixels])
print("sent", flush=True)
sys.stdin.readline()
