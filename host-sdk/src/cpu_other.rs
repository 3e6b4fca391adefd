//! Hosts that translated code does not run on.

/// None that matters.
pub(crate) fn features() -> Vec<&'static str> {
    Vec::new()
}
