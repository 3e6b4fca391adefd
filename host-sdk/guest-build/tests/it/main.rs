//! Guests are built as users build them, and run on the reference machine.

mod guests;
mod projects;
mod support;
