use polkavm as _;
use polkavm_linker as _;
use sp1_core_executor as _;
use zkvm_real_guests as _;
use zkvm_sdk as _;
fn main() {}
