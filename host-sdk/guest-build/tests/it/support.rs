//! Building and running.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use zkvm_guest_build::{BuildError, BuildOptions, GuestElf, build};
use zkvm_machine::{Input, Outcome, Program, Trap};
use zkvm_translator::{Engine, RunOptions, Stream, run};

/// The folder of this crate's guests.
pub fn guests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests")
}

/// Builds one package of the project at `path`.
pub fn try_build(path: &Path, package: &str, target: &str) -> Result<GuestElf, BuildError> {
    // Cargo would wait for itself anyway, and say so in the middle of the tests' output.
    static ONE_BUILD: Mutex<()> = Mutex::new(());
    let _guard = ONE_BUILD.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let options = BuildOptions {
        packages: vec![package.to_owned()],
        target_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join(target)),
        quiet: true,
        ..BuildOptions::new(path)
    };
    let mut elves = build(&options, &mut |_| ())?;
    assert_eq!(elves.len(), 1);
    Ok(elves.remove(0))
}

/// What a run did.
pub struct Ran {
    pub outcome: Outcome,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    #[track_caller]
    pub fn exited_with(self, code: u32) -> Self {
        assert_eq!(self.outcome, Outcome::Halted { exit_code: code }, "{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn trapped(self) -> (Trap, String) {
        match self.outcome {
            Outcome::Trapped { trap, .. } => (trap, self.stderr),
            outcome => panic!("{outcome:?}"),
        }
    }
}

/// Runs an ELF with `arguments` after its name.
pub fn run_elf(elf: &Path, bytes: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let program = Program::from_elf(&std::fs::read(elf).unwrap()).unwrap();
    let arguments = ["guest"].iter().chain(arguments).map(|&text| text.to_owned()).collect();
    let environment = environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let input = Input::with(bytes, arguments, environment, Some([0; 32])).unwrap();
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut console = |stream, text: &[u8]| match stream {
        Stream::Output => stdout.extend_from_slice(text),
        Stream::Error => stderr.extend_from_slice(text),
    };
    let outcome = run(&program, Engine::Interpreter, &input, &mut RunOptions::new(&mut console)).unwrap().outcome;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { outcome, stdout: text(stdout), stderr: text(stderr) }
}
