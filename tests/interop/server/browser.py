"""Chromium without a window, told what to do over its own pipe: only the standard library is needed."""

import base64
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import time

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe"]
KEYS = {"Tab": ("Tab", 9, None), "Enter": ("Enter", 13, "\r"), "Space": ("Space", 32, " "), "End": ("End", 35, None)}


class Browser:
    """One page, in which no script of a page's own runs."""

    def __init__(self, folder):
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        assert program, "chromium is not installed"
        self.downloads = pathlib.Path(folder) / "downloads"
        self.downloads.mkdir()
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        # The browser reads what it is told from descriptor 3 and answers on 4.
        command = f'exec {program} "$@" 3<&{to_read} 4>&{to_write}'
        profile = f"--user-data-dir={folder}/profile"
        self.process = subprocess.Popen(
            ["bash", "-c", command, "browser", *FLAGS, profile, "about:blank"],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_read), os.close(to_write)
        self.rest, self.number, self.session, self.events = b"", 0, None, []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Accessibility"):
            self.ask(domain + ".enable")
        self.ask("Emulation.setScriptExecutionDisabled", value=True)
        self.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads), eventsEnabled=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """The browser ends by itself, or else is ended with all its processes: they write into the profile to the last."""
        try:
            os.write(self.to, json.dumps({"id": self.number + 1, "method": "Browser.close"}).encode() + b"\0")
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next(60)
            if answer.get("id") == self.number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def next(self, seconds):
        while b"\0" not in self.rest:
            assert select.select([self.back], [], [], seconds)[0], "the browser says nothing"
            octets = os.read(self.back, 1 << 20)
            assert octets, "the browser is gone"
            self.rest += octets
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def wait(self, method, **expected):
        """The next event that is like this; those before it are kept."""
        kept, deadline = [], time.time() + 60
        while time.time() < deadline:
            event = self.events.pop(0) if self.events else self.next(60)
            params = event.get("params", {})
            if event.get("method") == method and expected.items() <= params.items():
                self.events = kept + self.events
                return params
            kept.append(event)
        raise AssertionError(f"{method} does not come")

    def leads(self, act):
        """Does what leads to another page, and waits for that."""
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]
        act()
        self.wait("Page.loadEventFired")

    def open(self, url):
        self.leads(lambda: self.ask("Page.navigate", url=url))

    def run(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def key(self, name):
        key, code, text = KEYS[name]
        event = {"key": text if name == "Space" else key, "code": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **event, **({"text": text} if text else {}))
        self.ask("Input.dispatchKeyEvent", type="keyUp", **event)

    def write(self, text):
        self.ask("Input.insertText", text=text)

    def tab_to(self, expression):
        """Goes from element to element by the tabulator, until one is this; whatever has the focus must be seen to have it."""
        for _ in range(100):
            self.key("Tab")
            outline = self.run("getComputedStyle(document.activeElement).outlineStyle")
            element = self.run("document.activeElement.outerHTML.slice(0, 120)")
            assert outline != "none", f"nobody sees that this has the focus: {element}"
            if self.run(f"(e => {expression})(document.activeElement)"):
                return
        raise AssertionError(f"the tabulator never comes to {expression}")

    def click(self, expression):
        box = self.run(f"(e => {{ e.scrollIntoView({{block: 'center'}}); const r = e.getClientRects()[0]; return [r.x + r.width / 2, r.y + r.height / 2]; }})({expression})")
        point = {"x": box[0], "y": box[1], "button": "left", "clickCount": 1}
        self.ask("Input.dispatchMouseEvent", type="mousePressed", **point)
        self.ask("Input.dispatchMouseEvent", type="mouseReleased", **point)

    def download(self, act):
        act()
        begun = self.wait("Browser.downloadWillBegin")
        self.wait("Browser.downloadProgress", guid=begun["guid"], state="completed")
        path = self.downloads / begun["suggestedFilename"]
        return path.name, path.read_bytes()

    def scheme(self, scheme):
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def size(self, width, height):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def shot(self, path):
        data = self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def tree(self):
        """What assistive technology is told: roles and names of all that is not passed over."""
        nodes = self.ask("Accessibility.getFullAXTree")["nodes"]
        seen = [node for node in nodes if not node["ignored"]]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in seen]

    def complaints(self):
        found = [event["params"]["entry"] for event in self.events if event.get("method") == "Log.entryAdded"]
        return [entry["text"] + " " + entry.get("url", "") for entry in found if entry["level"] in ("error", "warning")]
