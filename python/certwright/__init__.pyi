from datetime import datetime
from os import PathLike
from typing import Any, Literal, Mapping, Protocol, Sequence

__version__: str

class ArrowBatch(Protocol):
    """A record batch, or anything with ``__arrow_c_stream__`` in its place: a table, a reader, a frame."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

class ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

Rows = ArrowBatch | ArrowStream
Artefact = Literal["cer", "pem", "chain", "p7b", "p7b_pem", "reply", "key"]
Vendor = Literal["as2expert", "ecgrid", "emca", "enos"]
Algorithm = Literal["P-256", "RSA-2048", "RSA-3072", "RSA-4096"]

class CertwrightError(Exception):
    batch: Batch | None
    """The rows that were done before, of a call that had begun; a workspace has recorded them. KeyboardInterrupt has it too."""

class BusyError(CertwrightError):
    """Another thread is at work with this issuer or workspace, or a signal's handler calls it while it works."""

class RefusedError(CertwrightError):
    findings: list[dict[str, Any]]
    """rule, source, severity, field, found, expected; of a batch also row and row_key."""

class SchemaError(ValueError): ...

class Batch:
    """A record batch of Arrow's; ``pyarrow.record_batch(batch)`` shares its memory."""

    column_names: list[str]
    def __len__(self) -> int: ...
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...

class Issuer:
    """One of many that issue for a job: reads a workspace and changes nothing in it. Of the vendors EnOS can be served so."""

    def __init__(
        self, workspace: str | PathLike[str], *, passphrase: str | None = None, prepares_only: bool = False
    ) -> None: ...

class Workspace:
    """A workspace, held against other processes until it is closed; its ledger has every certificate before it is handed out.

    Makes no keys for rows: a row with ``key`` is rejected."""

    def __init__(
        self, path: str | PathLike[str], *, passphrase: str | None = None, create: bool = False
    ) -> None: ...
    def close(self) -> None:
        """Raises BusyError while a call is at work."""

class Request:
    """A certification request whose signature verifies."""

    subject: str
    """RFC 4514."""
    key_kind: str
    signature_algorithm: str
    public_key: bytes
    """SubjectPublicKeyInfo, DER."""
    der: bytes

def issue(
    batch: Rows,
    *,
    vendor: Vendor = "enos",
    issuer: Issuer | Workspace,
    artefacts: Sequence[Artefact] = (),
    defaults: Mapping[str, object] | None = None,
    start: datetime | str | None = None,
    serial_start: int | None = None,
    first_row: int = 1,
    threads: int | None = None,
    user: str | None = None,
    job: str | None = None,
    key_passphrase: str | None = None,
    encrypt_keys_for: bytes | None = None,
    plain_keys: bool = False,
    pass_over: Sequence[str] = (),
    errors: Literal["rows", "raise"] = "rows",
) -> Batch:
    """Issue a certificate for each row.

    Columns in: the vendor's fields (``device_key`` or ``deviceKey``, ``csr`` as PEM text or DER, ``valid_day`` in days …),
    ``key`` and ``subject`` for a key to be made, ``row`` as the number of the row from 1 on, each once (else counted from
    ``first_row``). Rows are worked on by their numbers and come back in the order in which they were given.
    Columns out: row, row_key, vendor, status, serial (decimal), subject, holder, not_before and not_after (UTC, microseconds),
    key_kind, certificate (DER), the artefacts, request (DER), rejection (JSON).

    ``job``: of a workspace, the name under which rows are recorded; a row of the job's with the same number, holder, key and
    subject is given its certificate again, another one under the number is rejected. ``start``: the first second of validity, which
    is no clock: a workspace records when it issued. ``threads``: all cores without it. ``pass_over``: columns that are none of the
    vendor's. Raises SchemaError, RefusedError, OverflowError (a column of more than 2 GiB), ValueError, CertwrightError.
    """

def prepare(
    batch: Rows,
    *,
    vendor: Vendor = "enos",
    issuer: Issuer,
    artefacts: Sequence[Literal["key"]] = (),
    defaults: Mapping[str, object] | None = None,
    start: datetime | str | None = None,
    serial_start: int | None = None,
    first_row: int = 1,
    threads: int | None = None,
    key_passphrase: str | None = None,
    encrypt_keys_for: bytes | None = None,
    plain_keys: bool = False,
    pass_over: Sequence[str] = (),
    errors: Literal["rows", "raise"] = "rows",
) -> Batch:
    """Columns out: row, row_key, status, holder, request, tbs (DER), key, rejection."""

def sign(
    batch: Rows, *, issuer: Issuer, threads: int | None = None, errors: Literal["rows", "raise"] = "rows"
) -> Batch:
    """Columns in: row, row_key, tbs. Columns out: row, tbs_sha256, signature, rejection."""

def finish(
    batch: Rows,
    *,
    issuer: Issuer,
    artefacts: Sequence[Artefact] = (),
    start: datetime | str | None = None,
    threads: int | None = None,
    errors: Literal["rows", "raise"] = "rows",
) -> Batch:
    """Columns in: those of prepare, and signature. Columns out: as issue. ``start``: when it counts as issued."""

def check(
    batch: Rows,
    *,
    vendor: Vendor = "enos",
    issuer: Issuer,
    defaults: Mapping[str, object] | None = None,
    start: datetime | str | None = None,
    serial_start: int | None = None,
    first_row: int = 1,
    threads: int | None = None,
    pass_over: Sequence[str] = (),
    errors: Literal["rows", "raise"] = "rows",
) -> Batch:
    """Columns out: row, row_key, status, rejection."""

def generate_keys(algorithm: Algorithm, n: int, *, passphrase: str | None = None) -> Batch:
    """Columns out: private_key (PKCS #8 PEM, under the passphrase if one is given), public_key (SubjectPublicKeyInfo, DER)."""

def parse_request(octets: bytes) -> Request:
    """Read a certification request, PEM or DER, and verify its signature. Raises RefusedError."""
