//! The profile guests are built with: what the project's manifest says, and defaults of ours where it says nothing.

use std::path::Path;
use std::{env, fs};

/// Settings of the release profile that are better for guests than cargo's own. Line tables cost nothing in the guest:
/// they let the host name functions and lines in traps and profiles. One codegen unit and LTO: fewer steps.
const DEFAULTS: [(&str, &str); 4] =
    [("opt-level", "3"), ("debug", "line-tables-only"), ("codegen-units", "1"), ("lto", "fat")];

/// Profiles other than these set what they want themselves.
const PROFILE: &str = "release";

/// Variables for cargo that set what neither manifest nor environment sets.
pub(crate) fn defaults(workspace_root: &Path, profile: &str) -> Vec<(String, &'static str)> {
    if profile != PROFILE {
        return Vec::new();
    }
    let manifest = fs::read_to_string(workspace_root.join("Cargo.toml")).unwrap_or_default();
    let variable = |key: &str| format!("CARGO_PROFILE_RELEASE_{}", key.to_uppercase().replace('-', "_"));
    unset(&manifest)
        .into_iter()
        .map(|(key, value)| (variable(key), value))
        .filter(|(name, _)| env::var_os(name).is_none())
        .collect()
}

/// The defaults for which the manifest has no value of its own.
fn unset(manifest: &str) -> Vec<(&'static str, &'static str)> {
    let manifest: toml::Table = toml::from_str(manifest).unwrap_or_default();
    let profile = manifest.get("profile").and_then(|profiles| profiles.get(PROFILE));
    DEFAULTS.into_iter().filter(|(key, _)| profile.is_none_or(|profile| profile.get(key).is_none())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_manifest_sets_stays() {
        let left: Vec<_> =
            unset("[profile.release]\nlto = false\ndebug = 2\n").into_iter().map(|(key, _)| key).collect();
        assert_eq!(left, ["opt-level", "codegen-units"]);
    }

    #[test]
    fn a_manifest_without_profiles_gets_all_defaults() {
        assert_eq!(unset("[package]\nname = \"x\"\n").len(), DEFAULTS.len());
    }
}
