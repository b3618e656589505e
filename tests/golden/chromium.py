"""
A person with a browser: opens a consent page in Chromium, presses a button on
it with the mouse, and tells where that led.

    chromium.py PROFILE_DIR URL BUTTON_ID [CHECKBOX_ID ...]

The checkboxes are pressed first. Prints the address of the last page without
its query, its heading and its text, each in a line; then a line for each
request to another server than those of the two pages, and for each complaint
of the browser but a missing icon of the consent page. Exit code 1 if there is no end to it within 60 seconds.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

LIMIT_S = 60
# Its sandbox needs what root and containers do not have; the pages are ours.
OPTIONS = (
    "--no-sandbox --headless=new --remote-debugging-pipe --no-first-run --disable-gpu "
    "--disable-dev-shm-usage --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def take_pipes(to_read, to_write):
    """In the child: as 3 and 4, whatever they are now."""
    to_read, to_write = os.dup(to_read), os.dup(to_write)
    os.dup2(to_read, 3)
    os.dup2(to_write, 4)


class Browser:
    """The DevTools protocol over two pipes: JSON with a NUL behind it."""

    def __init__(self, profile):
        self.end = time.monotonic() + LIMIT_S
        self.number = 0
        self.session = None
        self.rest = b""
        self.events = []
        to_read, self.out = os.pipe()
        self.back, to_write = os.pipe()
        command = ["chromium", "--user-data-dir=" + profile] + OPTIONS
        self.process = subprocess.Popen(
            command,
            preexec_fn=lambda: take_pipes(to_read, to_write),
            pass_fds=(3, 4),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)

    def receive(self):
        while b"\0" not in self.rest:
            left = self.end - time.monotonic()
            if left <= 0 or not select.select([self.back], [], [], left)[0]:
                sys.exit("the browser takes too long")
            piece = os.read(self.back, 65536)
            if not piece:
                sys.exit("the browser has ended")
            self.rest += piece
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                return answer.get("result", {})
            self.events.append(answer)

    def open_tab(self):
        target = self.call("Target.createTarget", url="about:blank")
        attached = self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self.session = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(domain + ".enable")

    def evaluate(self, expression):
        """None while there is no page to ask."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        return answer.get("result", {}).get("value")

    def until(self, expression):
        while True:
            value = self.evaluate(expression)
            if value:
                return value
            if time.monotonic() > self.end - 1:
                text = self.evaluate("document.body.innerText")
                sys.exit("the browser stays at: %s" % text)
            time.sleep(0.05)

    def press(self, name):
        x, y = self.until(
            "(() => { const e = document.getElementById(%s);"
            " if (!e || document.readyState != 'complete') return null;"
            " e.scrollIntoView(); const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
            % json.dumps(name)
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                type=kind, x=x, y=y, button="left", clickCount=1,
            )

    def end_all(self):
        """Its helpers, too: they still write into the profile."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            for _ in range(100):
                os.killpg(self.process.pid, 0)
                time.sleep(0.01)
        except ProcessLookupError:
            pass


def complaints(events, servers):
    icon = "http://%s/favicon.ico" % servers[0]
    for event in events:
        params = event.get("params", {})
        if event.get("method") == "Network.requestWillBeSent":
            url = urlsplit(params["request"]["url"])
            if url.netloc not in servers and url.scheme != "data":
                yield "request to " + url.netloc
        elif event.get("method") == "Log.entryAdded":
            entry = params["entry"]
            if entry.get("url") != icon:
                yield "log: %s: %s" % (entry.get("url"), entry["text"])
        elif event.get("method") == "Runtime.exceptionThrown":
            yield "exception: " + params["exceptionDetails"]["text"]


def visit(browser, url, button, boxes):
    browser.open_tab()
    browser.call("Page.navigate", url=url)
    for box in boxes:
        browser.press(box)
    browser.press(button)
    browser.until(
        "!document.getElementById(%s) && document.readyState == 'complete'"
        " && document.querySelector('h1') != null" % json.dumps(button)
    )
    last = browser.evaluate("location.origin + location.pathname")
    print(last)
    print(browser.evaluate("document.querySelector('h1').innerText"))
    print(browser.evaluate("document.querySelector('p')?.innerText"))
    servers = (urlsplit(url).netloc, urlsplit(last).netloc)
    for line in complaints(browser.events, servers):
        print(line)


def main():
    profile, url, button, *boxes = sys.argv[1:]
    browser = Browser(profile)
    try:
        visit(browser, url, button, boxes)
    finally:
        browser.end_all()


main()
