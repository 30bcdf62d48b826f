//! The files of a rollover: claimed before anything is made, written when all of it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::P12Plan;
use crate::bundle;
use crate::bundle::Artefact;
use crate::bundle::handover::{Handover, HandoverItem};
use crate::bundle::p12;
use crate::bundle::p12::P12Draft;
use crate::cli::error::CliError;
use crate::cli::output::{Access, Overwrite, PendingFile};
use crate::key::KeyPair;
use crate::service::Service;
use crate::time::UnixSeconds;
use crate::vendor::rollover::{Pair, Purpose, Rollover};

/// Files that are claimed.
pub(super) struct Files {
    certificates: Vec<CertificateFiles>,
    text: Claimed,
    html: Claimed,
    /// Folders that were made go again when nothing is in them; the files above go before.
    _folders: Folders,
}

/// Those of one certificate.
struct CertificateFiles {
    stem: String,
    p12: Claimed,
    cer: [Claimed; 2],
    p7b: [Claimed; 2],
}

struct Claimed {
    path: PathBuf,
    file: PendingFile,
}

/// A file and what goes into it, wiped afterwards since it may be a key.
struct Ready {
    claimed: Claimed,
    octets: Zeroizing<Vec<u8>>,
}

/// Folders that were made here.
struct Folders(Vec<PathBuf>);

/// The name of a certificate's files without their endings: one for a certificate that does both says no function.
pub(super) fn stem(vendor: &str, owner_id: i64, purpose: Purpose) -> String {
    match purpose {
        Purpose::Both => format!("{vendor}-{owner_id}"),
        Purpose::Encryption | Purpose::Signing => {
            format!("{vendor}-{owner_id}-{}", purpose.as_str())
        }
    }
}

impl Files {
    pub(super) fn claim(
        out: &Path,
        stems: &[String],
        sheet: &str,
        overwrite: Overwrite,
    ) -> Result<Self, CliError> {
        let [own, partner] = ["own", "partner"].map(|name| out.join(name));
        let mut folders = Folders(Vec::new());
        folders.make(out, Access::Everyone)?;
        folders.make(&own, Access::Owner)?;
        folders.make(&partner, Access::Everyone)?;
        let claim = |folder: &Path, stem: &str, ending: &str, access| {
            let path = folder.join(format!("{stem}.{ending}"));
            let file = PendingFile::create(&path, overwrite, access)?;
            Ok::<_, CliError>(Claimed { path, file })
        };
        let everyone = Access::Everyone;
        let both = |stem: &str, ending: &str| {
            Ok::<_, CliError>([
                claim(&own, stem, ending, everyone)?,
                claim(&partner, stem, ending, everyone)?,
            ])
        };
        let of_one = |stem: &String| {
            Ok::<_, CliError>(CertificateFiles {
                stem: stem.clone(),
                p12: claim(&own, stem, "p12", Access::Owner)?,
                cer: both(stem, Artefact::Cer.extension())?,
                p7b: both(stem, Artefact::P7b.extension())?,
            })
        };
        let certificates = stems.iter().map(of_one).collect::<Result<_, _>>()?;
        Ok(Self {
            certificates,
            text: claim(&partner, sheet, "handover.txt", everyone)?,
            html: claim(&partner, sheet, "handover.html", everyone)?,
            _folders: folders,
        })
    }

    /// Makes everything, then writes it; gives the paths.
    pub(super) fn finish(
        self,
        vendor: &str,
        rollover: &Rollover,
        plan: &P12Plan,
        service: &mut Service,
        now: UnixSeconds,
    ) -> Result<Vec<PathBuf>, CliError> {
        let sheet = self.sheets(rollover, now);
        let mut ready = Vec::new();
        let next = rollover.pairs.iter().map(|pair| &pair.next);
        let next: Vec<_> = next.map(|next| (next.id, &next.certificate)).collect();
        let keys = service.export_keys(vendor, &next, "p12", now);
        let keys = keys.map_err(|error| CliError::failed("read the key", error))?;
        let mut keys = keys.into_iter();
        let aliased = self.certificates.into_iter().zip(&plan.aliases);
        for ((files, alias), pair) in aliased.zip(&rollover.pairs) {
            ready.extend(files.fill(pair, alias, plan, keys.next())?);
        }
        let (text, html) = sheet;
        ready.push(self.text.with(text.into_bytes()));
        ready.push(self.html.with(html.into_bytes()));
        let mut paths = Vec::new();
        for Ready { claimed, octets } in ready {
            claimed.file.finish(&octets)?;
            paths.push(claimed.path);
        }
        Ok(paths)
    }

    /// The sheet as text and as HTML.
    fn sheets(&self, rollover: &Rollover, now: UnixSeconds) -> (String, String) {
        let names: Vec<_> = self
            .certificates
            .iter()
            .map(|files| [Artefact::Cer, Artefact::P7b].map(|one| file_name(&files.stem, one)))
            .collect();
        let pairs = rollover.pairs.iter().zip(&names);
        let items: Vec<_> = pairs
            .map(|(pair, [cer, p7b])| HandoverItem {
                next: &pair.next.certificate,
                current: Some(&pair.current.certificate),
                cer,
                p7b,
            })
            .collect();
        let handover = Handover {
            owner: &rollover.owner,
            partner: rollover.partner.as_deref(),
            made_at: now,
            items: &items,
        };
        (handover.to_text(), handover.to_html())
    }
}

impl CertificateFiles {
    fn fill(
        self,
        pair: &Pair,
        alias: &str,
        plan: &P12Plan,
        key: Option<KeyPair>,
    ) -> Result<Vec<Ready>, CliError> {
        let leaf_first = std::slice::from_ref(&pair.next.certificate);
        let key = key.ok_or_else(|| CliError::failed("read the key", "there is none"))?;
        let draft = P12Draft {
            key: &key,
            leaf_first,
            alias,
        };
        let p12 = p12::p12(plan.consumer, &draft, plan.password.as_password());
        let p12 = p12.map_err(|error| CliError::failed("make the P12", error))?;
        let mut ready = vec![self.p12.with(p12)];
        for (artefact, claimed) in [(Artefact::Cer, self.cer), (Artefact::P7b, self.p7b)] {
            let octets = bundle::write(artefact, leaf_first)
                .map_err(|error| CliError::failed(format!("make the {artefact} file"), error))?;
            let each = claimed.into_iter();
            ready.extend(each.map(|claimed| claimed.with(octets.clone())));
        }
        Ok(ready)
    }
}

impl Claimed {
    fn with(self, octets: Vec<u8>) -> Ready {
        Ready {
            claimed: self,
            octets: Zeroizing::new(octets),
        }
    }
}

fn file_name(stem: &str, artefact: Artefact) -> String {
    format!("{stem}.{}", artefact.extension())
}

impl Folders {
    /// Makes a folder, and those above it, where it is not there.
    fn make(&mut self, folder: &Path, access: Access) -> Result<(), CliError> {
        let absent = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let above: Vec<_> = folder.ancestors().take_while(absent).collect();
        for path in above.into_iter().rev() {
            make_folder(path, access).map_err(|error| {
                CliError::failed(format!("make the folder {}", path.display()), error)
            })?;
            self.0.push(path.to_owned());
        }
        Ok(())
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // One with files in it stays.
            let _stays = fs::remove_dir(folder);
        }
    }
}

#[cfg(unix)]
fn make_folder(path: &Path, access: Access) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    if access == Access::Owner {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    builder.create(path)
}

#[cfg(not(unix))]
fn make_folder(path: &Path, _access: Access) -> io::Result<()> {
    fs::create_dir(path)
}
