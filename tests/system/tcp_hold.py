#!/usr/bin/python3
"""Connections that stay open, and the servers they go to.

usage: tcp_hold.py serve PORT NAME     answers each line with NAME
       tcp_hold.py hold VIP PORT COUNT opens COUNT connections; for each line on standard input sends
                                       a line on all of them and prints what came of it as JSON:
                                       the server's name, "reset", "closed" or "silent" for each
"""

import json
import selectors
import socket
import sys

PATIENCE_S = 20


def serve(port, name):
    listener = socket.create_server(("0.0.0.0", int(port)), backlog=256)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            try:
                data = key.fileobj.recv(4096)
            except OSError:
                data = b""
            if data:
                key.fileobj.sendall(data.count(b"\n") * f"{name}\n".encode())
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()


def exchange(connection):
    try:
        connection.sendall(b"?\n")
        return connection.recv(100).decode().strip() or "closed"
    except (ConnectionResetError, BrokenPipeError):
        return "reset"
    except OSError:
        return "silent"


def hold(vip, port, count):
    connections = [socket.create_connection((vip, int(port)), timeout=PATIENCE_S)
                   for _ in range(int(count))]
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps([exchange(connection) for connection in connections]), flush=True)


if __name__ == "__main__":
    {"serve": serve, "hold": hold}[sys.argv[1]](*sys.argv[2:])
