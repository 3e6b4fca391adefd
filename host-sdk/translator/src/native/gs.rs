//! The `gs` base, which user space on x86-64 Linux leaves free.

use std::sync::OnceLock;

/// Bit of `AT_HWCAP2` by which the kernel says that user space may execute `wrgsbase`.
const HWCAP2_FSGSBASE: u64 = 1 << 1;
const ARCH_SET_GS: i32 = 0x1001;

/// Sets the calling thread's `gs` base.
pub(super) fn set(base: u64) {
    static WRGSBASE: OnceLock<bool> = OnceLock::new();
    let direct = *WRGSBASE.get_or_init(|| {
        // SAFETY: reads the auxiliary vector.
        let capabilities = unsafe { libc::getauxval(libc::AT_HWCAP2) };
        capabilities & HWCAP2_FSGSBASE != 0
    });
    if direct {
        // SAFETY: the kernel allows the instruction; nothing on this platform uses the gs base.
        unsafe { std::arch::asm!("wrgsbase {}", in(reg) base, options(nomem, nostack, preserves_flags)) };
    } else {
        // SAFETY: as above, by the system call.
        unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_GS, base) };
    }
}
