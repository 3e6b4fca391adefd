//! Tells the build scripts of dependents where `zkvm.h` is, as `DEP_ZKVM_INCLUDE`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::metadata=include={}/include", env!("CARGO_MANIFEST_DIR"));
}
