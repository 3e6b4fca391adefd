//! The entry of programs without `std`.

/// What `main` of such a program may return.
pub trait Termination {
    /// The exit code.
    fn code(self) -> i32;
}

impl Termination for () {
    fn code(self) -> i32 {
        0
    }
}

impl Termination for i32 {
    fn code(self) -> i32 {
        self
    }
}

/// Makes a function the entry of a program without `std`, and gives it a panic handler that prints message, file and
/// line and then traps:
///
/// ```ignore
/// #![no_std]
/// #![no_main]
///
/// zkvm_guest_std::entry!(main);
///
/// fn main() {
///     zkvm_guest_std::write_output(zkvm_guest_std::read_input());
/// }
/// ```
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        const _: () = {
            #[unsafe(export_name = "main")]
            extern "C" fn entry(_count: i32, _arguments: *const *const u8) -> i32 {
                $crate::Termination::code($main())
            }

            #[cfg(target_os = "zkvm")]
            #[panic_handler]
            fn panic(info: &::core::panic::PanicInfo<'_>) -> ! {
                $crate::internal::panic(info)
            }
        };
    };
}
