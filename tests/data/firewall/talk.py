"""Both ends of a conversation, for machines that are only network namespaces.

    talk.py serve ADDRESS PROTOCOL PORT...   answers everybody with the address that they come from
    talk.py ask PROTOCOL ADDRESS PORT        prints the answer

Asking ends with 0 for an answer, 3 when the other side or a firewall refuses, 4 in silence.
"""

import selectors
import socket
import sys

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
# Long enough for a busy machine to answer; TCP repeats what was lost by itself.
PATIENCE = {"tcp": (4,), "udp": (1.5, 3)}


def serve(address, protocol, ports):
    ready = selectors.DefaultSelector()
    for port in ports:
        one = socket.socket(socket.AF_INET, KINDS[protocol])
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((address, int(port)))
        if protocol == "tcp":
            one.listen()
        ready.register(one, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in ready.select():
            if protocol == "tcp":
                caller, peer = key.fileobj.accept()
                with caller:
                    caller.sendall(peer[0].encode())
            else:
                _, peer = key.fileobj.recvfrom(64)
                key.fileobj.sendto(peer[0].encode(), peer)


def ask(protocol, address, port):
    for seconds in PATIENCE[protocol]:
        with socket.socket(socket.AF_INET, KINDS[protocol]) as one:
            one.settimeout(seconds)
            try:
                one.connect((address, int(port)))
                if protocol == "udp":
                    one.send(b"who am I?")
                return one.recv(64).decode(), 0
            except socket.timeout:
                continue
            except OSError as error:
                return str(error), 3
    return "silence", 4


if sys.argv[1] == "serve":
    serve(sys.argv[2], sys.argv[3], sys.argv[4:])
said, status = ask(*sys.argv[2:5])
print(said)
sys.exit(status)
