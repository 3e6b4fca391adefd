//! Scopes: names for the parts of a run, by which profiles attribute steps. A marker is one step and proves nothing.

use crate::platform;

/// Runs `body` in a scope. Scopes nest.
#[inline]
pub fn scope<T>(name: &str, body: impl FnOnce() -> T) -> T {
    scope_begin(name);
    let result = body();
    scope_end(name);
    result
}

/// Opens a scope; [`scope_end`] with the same name closes it.
#[inline(always)]
pub fn scope_begin(name: &str) {
    platform::scope_begin(name);
}

/// Closes the innermost open scope of that name.
#[inline(always)]
pub fn scope_end(name: &str) {
    platform::scope_end(name);
}
