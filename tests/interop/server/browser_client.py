"""The pages in Chromium, as an operator goes through them, by keyboard where a keyboard will do.

Arguments are the base URL, a folder with requests, and a folder for screenshots, which is empty when none are wanted.
"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

from browser import Browser

base, client, shots = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
PAGES = {"certificates": "/", "lifecycle": "/lifecycle", "expiry": "/expiry", "rules": "/rules", "requests": "/requests", "openapi": "/openapi"}

# Contrast of every text with what is behind it (WCAG 2.2, 1.4.3): 4.5 to 1, or 3 to 1 for large text.
CONTRAST = """(() => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1]; };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const a = light(parse(e instanceof SVGElement ? style.fill : style.color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) bad.push([ratio.toFixed(2), e.outerHTML.slice(0, 100)]);
  }
  return bad;
})()"""


def post(path, body, **headers):
    headers = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request))


def make():
    """What there is to look at, and two certificates as their owners have them."""
    comm = post("/v2/certificates/create", {"commId": 5001, "partnerAs2Id": "PARTNER"}, X_API_Key="demo")["data"]
    number = comm["certificates"][-1]["certKeyId"]
    post("/v2/certificates/renew", {"commId": 5001, "certKeyId": number, "overlapDays": 60}, X_API_Key="demo")
    station = {"station": 62, "selfSigned": True}
    made = post("/api/v1/certificates/create", {**station, "dias": 400}, Authorization="Bearer demo")["data"]
    post("/api/v1/certificates/create", {**station, "commonName": "the next one", "dias": 2000}, Authorization="Bearer demo")
    device = "/connect-service/v2.0/certificates?orgId=o1&productKey=pk1&deviceKey="
    issued = {}
    for name, days in (("dk1", 250), ("dk2", 3000)):
        csr = (client / f"{name}.csr").read_text()
        asked = {"csr": csr, "validDay": days, "issueAuthority": "ECC"}
        issued[name] = post(device + name + "&action=apply", asked)["data"]
    post(device + "dk2&action=revoke", {"certSn": int(issued["dk2"]["certSN"]), "reason": 1})
    refused = post(device + "dk3&action=apply", {"csr": (client / "dk4.csr").read_text(), "validDay": 9999})
    assert refused["code"] == 99400
    return issued["dk1"], made["cert_pem"]


def openssl(*arguments, octets=b""):
    return subprocess.run(["openssl", *arguments], input=octets, capture_output=True, check=True).stdout


def rows(browser):
    return browser.run("[...document.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.innerText.trim()))")


def heading(browser):
    return browser.run("document.querySelector('h1').innerText")


def by_keyboard(browser):
    """The skip link first; then the search, and what it finds."""
    browser.key("Tab")
    assert browser.run("document.activeElement.innerText") == "Skip to content"
    seen = "(() => { const r = document.activeElement.getBoundingClientRect(); return r.x >= 0 && r.y >= 0 && r.width > 50; })()"
    assert browser.run(seen), "the skip link has the focus and is not seen"
    browser.key("Enter")
    assert browser.run("document.activeElement.id") == "main"
    browser.tab_to("e.name === 'subject'")
    browser.write("CN=dk1")
    browser.leads(lambda: browser.key("Enter"))
    found = rows(browser)
    assert [(row[2], row[4]) for row in found] == [("enos", "valid")], found
    assert browser.run("document.querySelector('main [role=status]').innerText") == "1 certificate."
    browser.tab_to("e.matches('tbody th a')")
    browser.leads(lambda: browser.key("Enter"))
    assert "CN=dk1" in heading(browser)


def downloads(browser, issued):
    der = openssl("x509", "-outform", "DER", octets=issued["cert"].encode())
    chain = browser.run("[...document.querySelectorAll('section ol > li > span')].map(e => e.innerText)")
    assert len(chain) == 2 and "CN=dk1" in chain[0], chain
    link = "document.querySelector('.downloads a[href$=\"/{}\"]')"
    get = lambda form: browser.download(lambda: browser.click(link.format(form)))
    name, cer = get("cer")
    serial = int(issued["certSN"])
    assert (int(name.removesuffix(".cer"), 16), cer) == (serial, der)
    assert get("pem")[1].decode().strip() == issued["cert"].strip()
    both = get("chain.pem")[1].decode()
    assert both.count("BEGIN CERTIFICATE") == 2 and both.startswith(issued["cert"].strip())
    for form, kind in (("p7b", "DER"), ("pem.p7b", "PEM")):
        listed = openssl("pkcs7", "-inform", kind, "-print_certs", octets=get(form)[1]).decode()
        assert listed.count("BEGIN CERTIFICATE") == 2 and issued["cert"].strip() in listed, form
    assert "does not keep a private key" in browser.run("document.querySelector('main').innerText")


def private_key(browser, pem):
    """The form of the certificate's page, filled in and sent by keyboard."""
    browser.open(base + "/?" + urllib.parse.urlencode({"vendor": "as2expert", "status": "valid"}))
    found = rows(browser)
    assert [row[3] for row in found] == ["62", "62"], found
    browser.leads(lambda: browser.click("document.querySelector('tbody th a')"))
    picture(browser, "detail")
    browser.tab_to("e.name === 'passphrase'")
    browser.write("correct horse")
    name, p12 = browser.download(lambda: browser.key("Enter"))
    assert name.endswith(".p12")
    text = openssl("pkcs12", "-passin", "pass:correct horse", "-nodes", octets=p12)
    assert openssl("x509", octets=text).decode().strip() == pem.strip()
    assert openssl("pkey", "-pubout", octets=text) == openssl("x509", "-noout", "-pubkey", octets=text)
    assert subprocess.run(["openssl", "pkcs12", "-passin", "pass:other", "-nodes"], input=p12, capture_output=True).returncode


def lifecycle(browser):
    browser.leads(lambda: browser.click("document.querySelector('nav a[href=\"/lifecycle\"]')"))
    assert browser.run("document.querySelector('nav a[aria-current=page]').innerText") == heading(browser) == "Now and next"
    browser.tab_to("e.name === 'name'")
    browser.write("62")
    browser.leads(lambda: browser.key("Enter"))
    (row,) = rows(browser)
    assert row[1].startswith("no. ") and row[2].startswith("no. ") and " to " in row[3], row
    assert row[4].split("\n") == ["140 First partner", "141 Second partner"], row


def chart(browser):
    browser.leads(lambda: browser.click("document.querySelector('nav a[href=\"/expiry\"]')"))
    bars = browser.run("[...document.querySelectorAll('svg rect')].map(r => { const b = r.getBoundingClientRect(); return [b.width, b.height, getComputedStyle(r).fill]; })")
    assert len(bars) >= 4 and all(wide >= 2 and high >= 2 for wide, high, _ in bars), bars
    told = rows(browser)
    assert sum(int(row[1]) for row in told) == 6, told
    images = [name for role, name in browser.tree() if role in ("image", "img")]
    assert [name[:37] for name in images] == ["Certificates by the time of their end"], images


def findings(browser):
    browser.open(base + "/requests")
    browser.leads(lambda: browser.click("document.querySelector('a[href^=\"/rules#\"]')"))
    aim = browser.run("(e => e && e.innerText)(document.querySelector('tr:target'))")
    assert aim and "enos." in aim, aim


def marks(browser, path):
    """Landmarks, and a name for everything that can be done."""
    tree = browser.tree()
    roles = [role for role, _ in tree]
    assert roles.count("main") == 1 and "heading" in roles, path
    # The description of the routes is a page by itself.
    assert path == "/openapi" or (roles.count("banner") == 1 and ("navigation", "Pages") in tree), path
    for role, name in tree:
        assert role not in ("textbox", "combobox", "button", "link", "searchbox", "Date", "image") or name, (path, role)
    if path in ("/", "/lifecycle"):
        assert "search" in roles, path


def picture(browser, name):
    """Both schemes, wide and narrow: texts can be told from what is behind them, and nothing sticks out."""
    for scheme in ("light", "dark"):
        browser.scheme(scheme)
        bad = browser.run(CONTRAST)
        assert not bad, (name, scheme, bad[:5])
        for width in (1280, 360):
            browser.size(width, 900)
            wide = browser.run("document.documentElement.scrollWidth")
            if shots:
                browser.shot(pathlib.Path(shots) / f"{name}-{scheme}-{width}.png")
            assert wide <= width, (name, width, wide)
    browser.scheme("light")
    browser.size(1280, 900)


issued, pem = make()
# What a helper of the browser still writes into its profile while that is removed is no fault of the pages.
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Browser(folder) as browser:
    browser.size(1280, 900)
    browser.open(base + "/")
    assert "certwright" not in browser.run("document.title"), "a page without a password"
    browser.complaints(), browser.events.clear()
    browser.open(base.replace("://", "://me:secret@") + "/")
    assert (heading(browser), len(rows(browser))) == ("Certificates", 7), rows(browser)
    by_keyboard(browser)
    downloads(browser, issued)
    private_key(browser, pem)
    lifecycle(browser)
    chart(browser)
    findings(browser)
    for name, path in PAGES.items():
        browser.open(base + path)
        marks(browser, path)
        picture(browser, name)
    assert not browser.complaints(), browser.complaints()
print("chromium,", len(PAGES) + 1, "pages")
