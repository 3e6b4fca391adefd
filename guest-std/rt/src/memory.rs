//! `memcpy, memmove, memset, memcmp, bcmp, strlen`: what compilers call, in assembly, because here steps count and
//! misaligned loads and stores cost the same as aligned ones. The source is `memory.s`.

core::arch::global_asm!(include_str!("memory.s"));
