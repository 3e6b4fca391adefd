//! A chip: one table of the circuit, with its columns, constraints and messages. A [`crate::Machine`] is a list of chips
//! built at run time; nothing knows a chip by its position.

use std::borrow::Cow;
use std::sync::Arc;

use p3_air::{Air, BaseAir};
use p3_matrix::dense::RowMajorMatrix;

use crate::bus::TableBuilder;
use crate::chips::{
    atomic::Atomic, bitwise::Bitwise, compare::Compare, core::Core, divide::Divide, ecall::Ecall, leaf::Leaf,
    lookup::Lookup, misaligned::Misaligned, multiply::Multiply, narrow::Narrow, node::Node, poseidon2::Poseidon2,
    program::Program, shift::Shift, touch::Touch,
};
use crate::field::F;

/// What a table is, to those who only know that it is one.
pub trait Table {
    /// Its name, in files and messages.
    const NAME: &'static str;

    /// Names of its columns, in order.
    fn columns(&self) -> Vec<String>;

    /// States its constraints and messages.
    fn eval<AB: TableBuilder>(&self, builder: &mut AB);

    /// Columns whose value in the next row its constraints use.
    fn next_row_columns(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Number of public values.
    fn public_values(&self) -> usize {
        0
    }

    /// Columns that repeat, known to everyone.
    fn periodic(&self) -> Vec<Vec<F>> {
        Vec::new()
    }

    /// Number of columns fixed by the program.
    fn preprocessed_width(&self) -> usize {
        0
    }

    /// Those columns; `None` for a verifier, who knows only their commitment.
    fn preprocessed(&self) -> Option<Arc<RowMajorMatrix<F>>> {
        None
    }
}

macro_rules! chips {
    ($( $(#[$meta:meta])* $variant:ident, )*) => {
        /// A table of the circuit. The order of the variants is the order of [`ChipId`]s.
        #[derive(Clone, Debug)]
        pub enum Chip {
            $( $(#[$meta])* $variant($variant), )*
        }

        /// Which chip, in proofs and keys.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum ChipId {
            $( $(#[$meta])* $variant, )*
        }

        impl ChipId {
            /// Every chip.
            pub const ALL: &[ChipId] = &[$( ChipId::$variant, )*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $( ChipId::$variant => <$variant as Table>::NAME, )*
                }
            }
        }

        impl Chip {
            /// Which chip it is.
            pub const fn id(&self) -> ChipId {
                match self {
                    $( Chip::$variant(_) => ChipId::$variant, )*
                }
            }

            /// Whether its public values are the segment's statement.
            pub fn has_statement(&self) -> bool {
                self.num_public_values() > 0
            }

            /// Names of its columns, in order.
            pub fn columns(&self) -> Vec<String> {
                match self {
                    $( Chip::$variant(table) => table.columns(), )*
                }
            }

            /// The columns fixed by the program, if it has any and they are known here.
            pub fn preprocessed(&self) -> Option<Arc<RowMajorMatrix<F>>> {
                match self {
                    $( Chip::$variant(table) => table.preprocessed(), )*
                }
            }
        }

        impl BaseAir<F> for Chip {
            fn width(&self) -> usize {
                match self {
                    $( Chip::$variant(table) => table.columns().len(), )*
                }
            }

            fn preprocessed_trace(&self) -> Option<RowMajorMatrix<F>> {
                self.preprocessed().map(|matrix| matrix.as_ref().clone())
            }

            fn preprocessed_width(&self) -> usize {
                match self {
                    $( Chip::$variant(table) => table.preprocessed_width(), )*
                }
            }

            fn preprocessed_next_row_columns(&self) -> Vec<usize> {
                Vec::new()
            }

            fn main_next_row_columns(&self) -> Vec<usize> {
                match self {
                    $( Chip::$variant(table) => table.next_row_columns(), )*
                }
            }

            fn num_public_values(&self) -> usize {
                match self {
                    $( Chip::$variant(table) => table.public_values(), )*
                }
            }

            fn num_periodic_columns(&self) -> usize {
                match self {
                    $( Chip::$variant(table) => table.periodic().len(), )*
                }
            }

            fn periodic_columns(&self) -> Cow<'_, [Vec<F>]> {
                match self {
                    $( Chip::$variant(table) => Cow::Owned(table.periodic()), )*
                }
            }
        }

        impl<AB: TableBuilder> Air<AB> for Chip {
            fn eval(&self, builder: &mut AB) {
                match self {
                    $( Chip::$variant(table) => table.eval(builder), )*
                }
            }
        }
    };
}

chips! {
    /// Small facts: limbs, bytes, signs, powers.
    Lookup,
    /// The program's instructions and mapped regions.
    Program,
    /// One row per instruction, but for the rare ones.
    Core,
    /// `and or xor`
    Bitwise,
    /// Shifts.
    Shift,
    /// Comparisons.
    Compare,
    /// Products.
    Multiply,
    /// Quotients and remainders.
    Divide,
    /// Loads and stores of less than a word.
    Narrow,
    /// Loads and stores not aligned to their width.
    Misaligned,
    /// The `A` extension.
    Atomic,
    /// System calls.
    Ecall,
    /// Bridges between accesses that lie far apart.
    Touch,
    /// Inner nodes of the memory tree.
    Node,
    /// Leaves of the memory tree.
    Leaf,
    /// The hash function of the memory tree.
    Poseidon2,
}
