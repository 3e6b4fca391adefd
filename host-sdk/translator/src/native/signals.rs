//! Faults of guest accesses, and no other signals while guest code runs.
//!
//! Generated code uses `rsp` for a guest register. So every other signal is blocked while it runs, and a fault's handler
//! runs on an alternate stack, which the kernel is told (`SS_AUTODISARM`) to take whatever `rsp` holds: a guest that
//! guesses the stack's address cannot make the kernel write there at a place of its choice.

use std::cell::Cell;
use std::io::Error;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use super::mapping::Mapping;
use crate::layout::State;
use crate::native_error::NativeError;

/// The code a thread is executing.
pub(super) struct Running {
    pub code_start: u64,
    pub code_end: u64,
    /// Where to go on after a fault.
    pub fault_exit: u64,
    pub state: *mut State,
}

thread_local! {
    static RUNNING: Cell<*const Running> = const { Cell::new(null()) };
}

/// The handlers that were installed before ours, for SIGSEGV and SIGBUS.
static PREVIOUS: OnceLock<[libc::sigaction; 2]> = OnceLock::new();
const FAULTS: [i32; 2] = [libc::SIGSEGV, libc::SIGBUS];
/// The kernel saves the vector registers on it, a few KiB; a handler it is passed on to may need more.
const STACK_BYTES: usize = 1 << 16;
const SS_AUTODISARM: i32 = 1 << 31;

/// Gives the thread an alternate signal stack as long as it lives. Stays on the thread it was made on.
pub(super) struct SignalGuard {
    stack: Mapping,
    previous_stack: libc::stack_t,
    blocked: libc::sigset_t,
}

impl SignalGuard {
    pub(super) fn new() -> Result<SignalGuard, NativeError> {
        install_handlers()?;
        let stack = Mapping::read_write(STACK_BYTES, "a signal stack")?;
        let ours = libc::stack_t { ss_sp: stack.start().cast(), ss_flags: SS_AUTODISARM, ss_size: STACK_BYTES };
        let mut previous_stack = MaybeUninit::uninit();
        // SAFETY: the stack is mapped and owned by the guard, which puts the previous one back before it is unmapped.
        let status = unsafe { libc::sigaltstack(&ours, previous_stack.as_mut_ptr()) };
        if status != 0 {
            let source = Error::last_os_error();
            return Err(NativeError::System { what: "a signal stack", bytes: STACK_BYTES, source });
        }
        // SAFETY: `sigaltstack` succeeded and has filled it.
        let previous_stack = unsafe { previous_stack.assume_init() };
        Ok(SignalGuard { stack, previous_stack, blocked: all_but_faults() })
    }

    /// Calls `native`, during which the faults of `running`'s code are handled and other signals wait.
    pub(super) fn during(&self, running: &Running, native: impl FnOnce()) {
        debug_assert_eq!(self.stack.bytes(), STACK_BYTES);
        let mut before = MaybeUninit::uninit();
        // SAFETY: both sets are valid for the call; the first is initialised.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.blocked, before.as_mut_ptr()) };
        RUNNING.set(running);
        native();
        RUNNING.set(null());
        // SAFETY: `before` was filled by the call above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), null_mut()) };
    }
}

impl Drop for SignalGuard {
    fn drop(&mut self) {
        // SAFETY: puts back what `new` found; the guard has not left its thread (it is not `Send`).
        unsafe { libc::sigaltstack(&self.previous_stack, null_mut()) };
    }
}

fn all_but_faults() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: fills the set.
    unsafe { libc::sigfillset(set.as_mut_ptr()) };
    // SAFETY: filled by the call above.
    let mut set = unsafe { set.assume_init() };
    for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP] {
        // SAFETY: `set` is initialised and the signal number valid.
        unsafe { libc::sigdelset(&mut set, signal) };
    }
    set
}

fn install_handlers() -> Result<(), NativeError> {
    let mut failure = None;
    PREVIOUS.get_or_init(|| {
        FAULTS.map(|signal| {
            install(signal).unwrap_or_else(|source| {
                failure = Some(source);
                // SAFETY: all-zero is a valid sigaction: the default action.
                unsafe { std::mem::zeroed() }
            })
        })
    });
    match failure {
        None => Ok(()),
        Some(source) => Err(NativeError::System { what: "a fault handler", bytes: 0, source }),
    }
}

fn install(signal: i32) -> Result<libc::sigaction, Error> {
    // SAFETY: all-zero is a valid sigaction.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = on_fault as extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    let mut previous = MaybeUninit::uninit();
    // SAFETY: the handler is async-signal-safe (it reads thread-local and static data and calls only sigaction).
    let status = unsafe { libc::sigaction(signal, &action, previous.as_mut_ptr()) };
    // SAFETY: filled when the call succeeded.
    if status == 0 { Ok(unsafe { previous.assume_init() }) } else { Err(Error::last_os_error()) }
}

extern "C" fn on_fault(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the third argument is the interrupted context.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let rip = registers[libc::REG_RIP as usize] as u64;
    // SAFETY: null, or a `Running` that lives until `during` has reset the pointer.
    if let Some(running) = unsafe { RUNNING.get().as_ref() }
        && (running.code_start..running.code_end).contains(&rip)
    {
        // SAFETY: the state block outlives the execution of its code, which is interrupted right now.
        unsafe { (*running.state).fault_rip = rip };
        registers[libc::REG_RIP as usize] = running.fault_exit as i64;
        return;
    }
    pass_on(signal, info, context);
}

/// Not ours: what would have happened without us.
fn pass_on(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let index = FAULTS.iter().position(|&fault| fault == signal).unwrap_or(0);
    let previous = PREVIOUS.get().map(|handlers| handlers[index]);
    match previous {
        Some(previous) if previous.sa_sigaction != libc::SIG_DFL && previous.sa_sigaction != libc::SIG_IGN => {
            type Handler = extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void);
            // SAFETY: a handler somebody installed; one that takes only the signal ignores the other arguments.
            let handler: Handler = unsafe { std::mem::transmute(previous.sa_sigaction) };
            handler(signal, info, context);
        }
        _ => {
            // SAFETY: all-zero is the default action; returning executes the faulting instruction again, which ends
            // the process as it would have without us.
            let default: libc::sigaction = unsafe { std::mem::zeroed() };
            // SAFETY: valid arguments.
            unsafe { libc::sigaction(signal, &default, null_mut()) };
        }
    }
}
