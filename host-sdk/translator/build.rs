//! Fingerprint of the translator's sources, so that native code made by another version is never used.

use std::path::Path;

fn main() {
    let mut hasher = blake3::Hasher::new();
    for folder in ["src", "../machine/src", "../../abi/src"] {
        add_folder(&mut hasher, Path::new(folder));
    }
    println!("cargo::rustc-env=TRANSLATOR_FINGERPRINT={}", hasher.finalize().to_hex());
}

fn add_folder(hasher: &mut blake3::Hasher, folder: &Path) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_folder(hasher, &path);
        } else if let Ok(bytes) = std::fs::read(&path) {
            hasher.update(path.to_string_lossy().as_bytes());
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(&bytes);
        }
    }
}
