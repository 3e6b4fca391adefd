//! Finished segments on disk: what an interrupted proof need not do again.
//!
//! A folder with one file per segment, named by its number: a checksum and the encoded [`SegmentProof`]; and a file `run`
//! that says whose segments they are. Files are written under another name and renamed, so there are no half ones. What
//! does not fit is proved again, never trusted: a verifier checks the result anyway.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zkvm_circuit::{Checkpoint, Digest, SegmentProof};

use crate::error::KeptError;

/// The folder.
#[derive(Debug)]
pub(crate) struct KeptSegments {
    folder: PathBuf,
}

impl KeptSegments {
    /// Opens the folder, or makes it.
    pub(crate) fn open(folder: &Path, key: &[u8; 32], input: &Digest) -> Result<KeptSegments, KeptError> {
        let kept = KeptSegments { folder: folder.to_owned() };
        let mut hasher = blake3::Hasher::new_derive_key("zkvm 2026-11 kept segments");
        hasher.update(key);
        hasher.update(&postcard::to_allocvec(input).expect("plain data in memory can always be encoded"));
        let run = hasher.finalize();
        fs::create_dir_all(folder).map_err(|source| KeptError::io(folder, source))?;
        let path = folder.join("run");
        match fs::read(&path) {
            Ok(found) if found == run.as_bytes() => Ok(kept),
            Ok(_) => Err(KeptError::OtherRun { path: folder.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                kept.publish(&path, run.as_bytes())?;
                Ok(kept)
            }
            Err(source) => Err(KeptError::io(&path, source)),
        }
    }

    /// The proof of segment `index`, if it is there and ends at `end`.
    pub(crate) fn read(&self, index: u64, end: &Checkpoint) -> Option<SegmentProof> {
        let bytes = fs::read(self.file(index)).ok()?;
        let (checksum, body) = bytes.split_first_chunk::<32>()?;
        if blake3::hash(body).as_bytes() != checksum {
            return None;
        }
        let (proof, rest) = postcard::take_from_bytes::<SegmentProof>(body).ok()?;
        (rest.is_empty() && proof.end == *end).then_some(proof)
    }

    /// Keeps the proof of segment `index`.
    pub(crate) fn write(&self, index: u64, proof: &SegmentProof) -> Result<(), KeptError> {
        let body = postcard::to_allocvec(proof).expect("plain data in memory can always be encoded");
        let bytes = [blake3::hash(&body).as_bytes().as_slice(), &body].concat();
        self.publish(&self.file(index), &bytes)
    }

    /// Removes the folder: the whole proof is made.
    pub(crate) fn remove(&self) -> Result<(), KeptError> {
        fs::remove_dir_all(&self.folder).map_err(|source| KeptError::io(&self.folder, source))
    }

    fn file(&self, index: u64) -> PathBuf {
        self.folder.join(format!("{index:08}.segment"))
    }

    fn publish(&self, path: &Path, bytes: &[u8]) -> Result<(), KeptError> {
        let temporary = path.with_extension(format!("{}.new", std::process::id()));
        let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
        written.map_err(|source| KeptError::io(path, source))
    }
}
