//! Every program proved and verified, on an input that keeps it short where it can be.

use std::sync::{Mutex, PoisonError};

use zkvm_real_guests::{Guest, guest_elf_path};
use zkvm_sdk::translator::TranslateOptions;
use zkvm_sdk::{Input, Program, Proof, ProveError, ProveOptions, Rom, input_digest, prove, setup, verify};

/// Half of the longest: two gibibytes less, and chains of segments for most programs.
const SEGMENT_STEPS: u64 = 1 << 19;

/// A proof wants all cores and gigabytes of memory: one at a time.
static ONE: Mutex<()> = Mutex::new(());

fn check(guest: &Guest) {
    let name = &guest.name;
    let program = Program::from_elf(&std::fs::read(guest_elf_path(guest).unwrap()).unwrap()).unwrap();
    let input = Input::new(guest.short_input.as_ref().unwrap_or(&guest.test_input).bytes().unwrap()).unwrap();
    let rom = Rom::translate(&program, &TranslateOptions::default());
    let setup = setup(&program).unwrap();
    let key = setup.key.clone();
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut options = ProveOptions { segment_steps: SEGMENT_STEPS, ..ProveOptions::default() };
    let proved = prove(&program, &rom, setup, &input, &mut options);
    if guest.exit.is_some() {
        assert!(matches!(proved, Err(ProveError::Trapped { .. })), "{name}: {proved:?}");
        return;
    }
    let proved = proved.unwrap();
    let file = proved.proof.encode();
    let public = verify(&key, &Proof::decode(&file).unwrap()).unwrap();
    assert_eq!((public.exit_code, public.input), (0, input_digest(&input)), "{name}");
    assert_eq!(public.output, natively(guest), "{name}");
    println!("{name}: {} steps in {} segments, {} bytes", proved.steps, public.segments, file.len());
}

/// What the same source says on this machine.
fn natively(guest: &Guest) -> Vec<u8> {
    let input = guest.short_input.as_ref().unwrap_or(&guest.test_input).bytes().unwrap();
    crate::outside::natively(&zkvm_real_guests::native(guest).unwrap(), &input).output
}

guests!(check);
