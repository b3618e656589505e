"""TLS and HTTP/2 in front of the sandbox: front.py URL CERTIFICATE KEY LOG

Takes any free port and prints it. LOG gets the number of the connection,
method and path of each request. Speaks HTTP/2 and nothing else.
"""
import http.client
import socket
import ssl
import sys
import threading
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived, StreamReset

HOP = {"connection", "keep-alive", "transfer-encoding"}


def forward(sandbox, fields):
    """The answer to a request: its header fields and its body."""
    rest = {k: v for k, v in fields.items() if not k.startswith(":")}
    sandbox.request(fields[":method"], fields[":path"], headers=rest)
    reply = sandbox.getresponse()
    head = [(k.lower(), v) for k, v in reply.getheaders()
            if k.lower() not in HOP]
    return [(":status", str(reply.status))] + head, reply.read()


def send_some(h2, stream, body):
    """As much as the client has room for; what is left, None at the end."""
    while body:
        n = min(len(body), h2.max_outbound_frame_size,
                h2.local_flow_control_window(stream))
        if n == 0:
            return body
        h2.send_data(stream, body[:n])
        body = body[n:]
    h2.end_stream(stream)
    return None


def serve(client, number, url, log):
    sandbox = http.client.HTTPConnection(urlsplit(url).netloc)
    h2 = H2Connection(H2Configuration(client_side=False,
                                      header_encoding="utf-8"))
    left = {}
    h2.initiate_connection()
    client.sendall(h2.data_to_send())
    while data := client.recv(65536):
        for event in h2.receive_data(data):
            if isinstance(event, RequestReceived):
                fields = dict(event.headers)
                log.write(f"{number} {fields[':method']} "
                          f"{fields[':path'].split('?')[0]}\n")
                head, left[event.stream_id] = forward(sandbox, fields)
                h2.send_headers(event.stream_id, head)
            elif isinstance(event, StreamReset):
                left.pop(event.stream_id, None)
        for stream, body in list(left.items()):
            left[stream] = send_some(h2, stream, body)
            if left[stream] is None:
                del left[stream]
        client.sendall(h2.data_to_send())


def connect(raw, tls, number, url, log):
    try:
        with tls.wrap_socket(raw, server_side=True) as client:
            if client.selected_alpn_protocol() == "h2":
                serve(client, number, url, log)
    except OSError:
        pass # the client does not trust us, or is gone


def main(url, certificate, key, log):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    tls.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    with open(log, "a", buffering=1, encoding="utf-8") as file:
        number = 0
        while True:
            number += 1
            raw, _ = listener.accept()
            threading.Thread(target=connect, daemon=True,
                             args=(raw, tls, number, url, file)).start()


main(*sys.argv[1:])
