//! What the host's processor can do, as far as translated code may depend on it.

/// Names of the features, in a fixed order.
pub(crate) fn features() -> Vec<&'static str> {
    macro_rules! detected {
        ($($name:tt),*) => {
            [$(($name, std::arch::is_x86_feature_detected!($name))),*]
        };
    }
    let features = detected!("adx", "avx2", "bmi1", "bmi2", "lzcnt", "popcnt", "sse4.1", "sse4.2");
    features.into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
}
