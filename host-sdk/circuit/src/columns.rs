//! A table's columns as a struct: fields by name in `air.rs` and `generation.rs`, cells by position in the matrix.

/// A field of a columns struct: one cell, or an array of them.
pub trait Cells<T> {
    /// How many cells.
    const COUNT: usize;

    /// Takes them from `cells`.
    fn read(cells: &mut impl Iterator<Item = T>) -> Self;

    /// Hands them to `put`, in order.
    fn write(&self, put: &mut impl FnMut(T));
}

const SHORT: &str = "a row has a cell for every column";

impl<T: Copy> Cells<T> for T {
    const COUNT: usize = 1;

    fn read(cells: &mut impl Iterator<Item = T>) -> T {
        cells.next().expect(SHORT)
    }

    fn write(&self, put: &mut impl FnMut(T)) {
        put(*self);
    }
}

impl<T: Copy, const N: usize> Cells<T> for [T; N] {
    const COUNT: usize = N;

    fn read(cells: &mut impl Iterator<Item = T>) -> [T; N] {
        core::array::from_fn(|_| cells.next().expect(SHORT))
    }

    fn write(&self, put: &mut impl FnMut(T)) {
        self.iter().copied().for_each(put);
    }
}

/// Declares the columns of a table, in order: `field: T` is one column, `field: [T; n]` is `n`.
///
/// Makes the struct with `WIDTH`, `zero`, `read` (from a row), `write` (into a row) and `names`.
macro_rules! columns {
    (
        $(#[$meta:meta])*
        pub struct $name:ident<T> {
            $( $(#[$field_meta:meta])* pub $field:ident: $type:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<T> {
            $( $(#[$field_meta])* pub $field: $type, )*
        }

        impl<T: Copy> $name<T> {
            /// Number of columns.
            pub const WIDTH: usize = 0 $( + <$type as $crate::columns::Cells<T>>::COUNT )*;

            /// Name of every column, in order; `field[i]` where a field has several.
            pub fn names() -> Vec<String> {
                let mut names = Vec::with_capacity(Self::WIDTH);
                $( match <$type as $crate::columns::Cells<T>>::COUNT {
                    1 => names.push(stringify!($field).to_owned()),
                    count => names.extend((0..count).map(|index| format!("{}[{index}]", stringify!($field)))),
                } )*
                names
            }

            /// All cells zero.
            pub fn zero() -> Self where T: Default {
                let mut cells = core::iter::repeat_with(T::default);
                Self { $( $field: $crate::columns::Cells::<T>::read(&mut cells), )* }
            }

            /// The columns of `row`.
            ///
            /// # Panics
            /// If `row` is shorter than `WIDTH`.
            pub fn read(row: &[T]) -> Self {
                let mut cells = row.iter().copied();
                Self { $( $field: $crate::columns::Cells::<T>::read(&mut cells), )* }
            }

            /// Writes the columns into `row`.
            ///
            /// # Panics
            /// If `row` is shorter than `WIDTH`.
            pub fn write(&self, row: &mut [T]) {
                let mut cells = row[..Self::WIDTH].iter_mut();
                let mut put = |value| {
                    if let Some(cell) = cells.next() {
                        *cell = value;
                    }
                };
                $( $crate::columns::Cells::<T>::write(&self.$field, &mut put); )*
            }
        }
    };
}

pub(crate) use columns;

#[cfg(test)]
mod tests {
    columns! {
        /// An example.
        pub struct Example<T> {
            /// One.
            pub a: T,
            /// Three.
            pub b: [T; 3],
            /// One.
            pub c: T,
        }
    }

    #[test]
    fn a_row_reads_back_as_written() {
        let row = [1, 2, 3, 4, 5];
        let read = Example::read(&row);
        assert_eq!((read.a, read.b, read.c), (1, [2, 3, 4], 5));
        let mut written = [0; Example::<i32>::WIDTH];
        read.write(&mut written);
        assert_eq!(written, row);
        assert_eq!(Example::<i32>::names(), ["a", "b[0]", "b[1]", "b[2]", "c"]);
        assert_eq!(Example::<i32>::zero().b, [0; 3]);
    }
}
