//! The allocator: proving takes gigabytes and gives them back, segment after segment, and every page the system hands out
//! anew costs a page fault. `.cargo/config.toml` makes it use huge pages and keep what is freed.

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
