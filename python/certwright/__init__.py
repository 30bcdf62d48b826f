"""certwright: a local X.509 issuance engine, Arrow in and Arrow out.

Every batch may be anything with the Arrow PyCapsule interface: pyarrow, polars, pandas, DuckDB, a Spark batch, or a stream of
them; what comes back is a :class:`Batch`, which ``pyarrow.record_batch`` or ``polars.DataFrame`` take without a copy.
"""

from __future__ import annotations

import datetime as _datetime

from ._native import (
    Batch,
    BusyError,
    CertwrightError,
    Issuer,
    RefusedError,
    Request,
    SchemaError,
    Workspace,
    __version__,
    generate_keys,
    parse_request,
)

__all__ = [
    "Batch",
    "BusyError",
    "CertwrightError",
    "Issuer",
    "RefusedError",
    "Request",
    "SchemaError",
    "Workspace",
    "__version__",
    "check",
    "finish",
    "generate_keys",
    "issue",
    "parse_request",
    "prepare",
    "sign",
]


def _terms(
    vendor="enos",
    artefacts=(),
    defaults=None,
    start=None,
    serial_start=None,
    first_row=1,
    threads=None,
    user=None,
    job=None,
    key_passphrase=None,
    encrypt_keys_for=None,
    plain_keys=False,
    pass_over=(),
    errors="rows",
):
    if errors not in ("rows", "raise"):
        raise ValueError(f"errors={errors!r}, allowed 'rows' and 'raise'")
    if isinstance(start, _datetime.datetime):
        if start.tzinfo is None:
            raise ValueError("start has no time zone")
        start = start.astimezone(_datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "vendor": vendor,
        "artefacts": list(artefacts),
        "defaults": [(name, str(value)) for name, value in (defaults or {}).items()],
        "start": start,
        "serial_start": None if serial_start is None else str(serial_start),
        "first_row": first_row,
        "threads": threads,
        "user": user,
        "job": job,
        "key_passphrase": key_passphrase,
        "encrypt_keys_for": encrypt_keys_for,
        "plain_keys": plain_keys,
        "pass_over": list(pass_over),
        "raises": errors == "raise",
    }


def issue(batch, *, vendor="enos", issuer, **terms):
    """Issue a certificate for each row.

    ``issuer`` is an :class:`Issuer` (one of many for a job: ``start`` and ``serial_start`` are needed, row n gets the number
    ``serial_start + n - 1``, and nothing is recorded) or a :class:`Workspace` (the ledger has each certificate first, and a row
    of ``job``, which must be named, is given its certificate again if it was issued before; another row under its number is
    rejected). A workspace makes no key for a row, since nobody would keep it before its certificate is recorded. A bad row fails
    alone: its ``status`` is ``rejected`` and ``rejection`` says why, as JSON. See the stubs for what else may be said.

    Raises :class:`SchemaError` for columns, :class:`RefusedError` with ``errors="raise"``, :class:`CertwrightError` for what is
    not a row's, :class:`BusyError` while another call is at work with the issuer. What was done by then is the exception's
    ``batch``, that of a ``KeyboardInterrupt`` between two slices too.
    """
    return issuer._issue(batch, _terms(vendor=vendor, **terms))


def prepare(batch, *, vendor="enos", issuer, **terms):
    """Make keys and what is to be signed, with an issuer that has no CA key (``Issuer(…, prepares_only=True)``)."""
    return issuer._prepare(batch, _terms(vendor=vendor, **terms))


def sign(batch, *, issuer, threads=None, errors="rows"):
    """Sign what was prepared: the columns ``row``, ``row_key`` and ``tbs``; octets that would not be prepared here are refused."""
    return issuer._sign(batch, _terms(threads=threads, errors=errors))


def finish(batch, *, issuer, artefacts=(), start=None, threads=None, errors="rows"):
    """Put certificates together of the columns of :func:`prepare` with those of :func:`sign` beside them; each signature is
    verified."""
    terms = _terms(artefacts=artefacts, start=start, threads=threads, errors=errors, plain_keys=True)
    return issuer._finish(batch, terms)


def check(batch, *, vendor="enos", issuer, **terms):
    """Hold rows against every rule that can be asked without a ledger, and issue nothing.

    The issuer must be one that only prepares. The result has ``row``, ``row_key``, ``status`` (``good`` or ``rejected``) and
    ``rejection``.
    """
    return issuer._check(batch, _terms(vendor=vendor, **{"artefacts": ["key"], "plain_keys": True, **terms}))
