//! The circuit's constraints as mathematics: written down, and solved.

mod constraints;
mod polynomial;
