//! The circuit's constraints as mathematics: written down, and solved.

mod constraints;
mod core;
mod polynomial;
mod roots;
mod solver;
mod units;
mod width;
