//! The file: how it is made, told from others, and brought to this version's schema.

#[cfg(unix)]
use std::fs::File;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, params};

use crate::cert::Certificate;
use crate::ledger::error::LedgerError;

/// Opens or creates, and migrates.
pub(super) fn open(path: &Path, busy_timeout: Duration) -> Result<Connection, LedgerError> {
    create_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = connect(path, &absolute(path)?, flags, busy_timeout)?;
    if version(&connection, path, busy_timeout)? < SUPPORTED {
        migrate(&mut connection, path, busy_timeout)?;
    }
    Ok(connection)
}

/// A new file, to copy a ledger into.
pub(super) fn create_copy(path: &Path) -> Result<Connection, LedgerError> {
    create_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(absolute(path)?, flags);
    opened.map_err(|error| LedgerError::from_opening(error, path, Duration::ZERO))
}

fn migrate(
    connection: &mut Connection,
    path: &Path,
    busy_timeout: Duration,
) -> Result<(), LedgerError> {
    let opening = |error| LedgerError::from_opening(error, path, busy_timeout);
    keep_a_wal(connection, busy_timeout).map_err(opening)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(opening)?;
    // Another process may have migrated while this one waited: ask again under the lock.
    let found = version(&transaction, path, busy_timeout)?;
    for step in MIGRATIONS.iter().skip(found).copied().flatten() {
        match step {
            Step::Sql(statements) => transaction.execute_batch(statements),
            Step::KeyAlgorithms => name_key_algorithms(&transaction),
        }
        .map_err(opening)?;
    }
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .and_then(|()| {
            transaction.pragma_update(None, "user_version", MIGRATIONS.len().to_string())
        })
        .and_then(|()| transaction.commit())
        .map_err(opening)
}

/// The journal mode cannot be changed inside a transaction; it stays with the file.
///
/// Of several that change it at once each has read the file and wants it alone: `SQLite` tells all but one at once that it is
/// busy, without the wait that it was told.
fn keep_a_wal(connection: &Connection, busy_timeout: Duration) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        let changed = connection.pragma_update(None, "journal_mode", "WAL");
        let code = changed.as_ref().err().and_then(|e| e.sqlite_error_code());
        if code != Some(ErrorCode::DatabaseBusy) || begun.elapsed() >= busy_timeout {
            return changed;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Reads the key of every certificate that came before its kind was recorded.
fn name_key_algorithms(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut read = transaction.prepare("SELECT certificate_id, der FROM certificate_der")?;
    let mut write =
        transaction.prepare("UPDATE certificate SET key_algorithm = ?2 WHERE id = ?1")?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let der = row.get_ref(1)?.as_blob().unwrap_or_default();
        let certificate = Certificate::from_der(der).ok();
        if let Some(algorithm) = certificate.and_then(|found| found.public_key().algorithm()) {
            write.execute(params![row.get::<_, i64>(0)?, algorithm.to_string()])?;
        }
    }
    Ok(())
}

/// Opens a ledger of this version's schema for questions.
///
/// `SQLite` wants to write even then: the readers of a WAL share an index of it, a file beside the ledger. Where that
/// cannot be made (a folder without the right to write, a medium that is read-only) and there is no WAL to be read, the
/// file is taken as one that nobody changes: nobody writes it now, and whoever may begins with a WAL of his own.
pub(super) fn open_read_only(
    path: &Path,
    busy_timeout: Duration,
) -> Result<Connection, LedgerError> {
    let file = absolute(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match open_for_questions(path, &file, flags, busy_timeout) {
        Err(LedgerError::Open { .. } | LedgerError::ReadOnly) if !has_wal(&file) => {
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            open_for_questions(path, &immutable(&file), flags, busy_timeout)
        }
        answer => answer,
    }
}

fn open_for_questions(
    path: &Path,
    name: &Path,
    flags: OpenFlags,
    busy_timeout: Duration,
) -> Result<Connection, LedgerError> {
    let connection = connect(path, name, flags, busy_timeout)?;
    let found = version(&connection, path, busy_timeout)?;
    if found < SUPPORTED {
        return Err(LedgerError::OlderSchema {
            path: path.to_owned(),
            found: number(found),
            expected: number(SUPPORTED),
        });
    }
    Ok(connection)
}

/// Whether there may be a WAL with something in it.
fn has_wal(file: &Path) -> bool {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    match std::fs::symlink_metadata(name) {
        Ok(wal) => wal.len() > 0,
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

/// The name by which `SQLite` reads a file without locks, WAL or a look for changes.
fn immutable(file: &Path) -> PathBuf {
    let mut uri = "file://".to_owned();
    if cfg!(windows) {
        uri.push('/');
    }
    for octet in file.as_os_str().as_encoded_bytes() {
        match octet {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(*octet)),
            plain if plain.is_ascii_alphanumeric() => uri.push(char::from(*plain)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    PathBuf::from(uri)
}

/// Makes the file before `SQLite` does: its mode is 0600 from the first octet, and `SQLite` gives `-wal` and `-shm` the same.
fn create_file(path: &Path) -> Result<(), LedgerError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let created = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(file) => file.sync_all().and_then(|()| sync_folder(path)),
    };
    created.map_err(|error| LedgerError::Open {
        path: path.to_owned(),
        source: Box::new(error),
    })
}

/// A name is on disk only once its folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let absolute = std::path::absolute(path)?;
    match absolute.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The bundled `SQLite` reads a relative `file:…` as a URI and `:memory:` as no file; an absolute path is only a path.
fn absolute(path: &Path) -> Result<PathBuf, LedgerError> {
    std::path::absolute(path).map_err(|error| LedgerError::Open {
        path: path.to_owned(),
        source: Box::new(error),
    })
}

/// Opens what `SQLite` knows as `name`; errors tell `path`.
fn connect(
    path: &Path,
    name: &Path,
    flags: OpenFlags,
    busy_timeout: Duration,
) -> Result<Connection, LedgerError> {
    let opening = |error| LedgerError::from_opening(error, path, busy_timeout);
    let connection = Connection::open_with_flags(name, flags).map_err(opening)?;
    connection.busy_timeout(busy_timeout).map_err(opening)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(PRAGMAS).map_err(opening)?;
    Ok(connection)
}

/// The schema version of a ledger, 0 for an empty database; anything else is refused.
fn version(
    connection: &Connection,
    path: &Path,
    busy_timeout: Duration,
) -> Result<usize, LedgerError> {
    let opening = |error| LedgerError::from_opening(error, path, busy_timeout);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let application_id = pragma("application_id").map_err(opening)?;
    let user_version = pragma("user_version").map_err(opening)?;
    let objects: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(opening)?;
    if application_id == 0 && user_version == 0 && objects == 0 {
        return Ok(0);
    }
    if application_id != APPLICATION_ID {
        return Err(LedgerError::Foreign {
            path: path.to_owned(),
            found: application_id,
            expected: APPLICATION_ID,
        });
    }
    match usize::try_from(user_version) {
        Ok(known @ 1..=SUPPORTED) => Ok(known),
        Ok(0) | Err(_) => Err(LedgerError::Corrupt {
            column: "user_version",
        }),
        Ok(newer) => Err(LedgerError::NewerSchema {
            path: path.to_owned(),
            found: number(newer),
            supported: number(SUPPORTED),
        }),
    }
}

fn number(version: usize) -> u32 {
    u32::try_from(version).unwrap_or(u32::MAX)
}

/// "cwLd": tells a ledger from other `SQLite` files, to `file` as well.
const APPLICATION_ID: i32 = 0x6377_4C64;

const SUPPORTED: usize = MIGRATIONS.len();

/// What a connection needs before its first question. A long WAL lets pages that many commits touch (the indexes) be
/// copied into the file once for all of them; 64 MiB of cache hold the upper levels of every index. The page size
/// counts for a new file only: certificates and requests fill 8 KiB better than 4.
const PRAGMAS: &str = "
    PRAGMA page_size = 8192;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cache_size = -65536;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA journal_size_limit = 67108864;
";

/// What a migration does, in order.
#[derive(Clone, Copy, Debug)]
enum Step {
    Sql(&'static str),
    KeyAlgorithms,
}

/// Migration `n` brings schema version `n` to `n + 1`; once released, none changes.
const MIGRATIONS: &[&[Step]] = &[
    &[Step::Sql(include_str!("schema/1.sql"))],
    &[Step::Sql(include_str!("schema/2.sql"))],
    &[Step::Sql(include_str!("schema/3.sql"))],
    &[
        Step::Sql(include_str!("schema/4.sql")),
        Step::KeyAlgorithms,
        Step::Sql(include_str!("schema/4-counts.sql")),
    ],
    &[Step::Sql(include_str!("schema/5.sql"))],
    &[Step::Sql(include_str!("schema/6.sql"))],
];
