//! Typed columns, borrowed and owned.

use crate::table::schema::ColumnType;

/// The values of a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Values<'v> {
    U8(&'v [u8]),
    U32(&'v [u32]),
    I32(&'v [i32]),
    U64(&'v [u64]),
}

/// A column to append to.
#[derive(Debug)]
pub(crate) enum ValuesMut<'v> {
    U8(&'v mut Vec<u8>),
    U32(&'v mut Vec<u32>),
    I32(&'v mut Vec<i32>),
    U64(&'v mut Vec<u64>),
}

/// A column of its own.
#[derive(Debug)]
pub(crate) enum OwnedValues {
    U8(Vec<u8>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    U64(Vec<u64>),
}

impl<'v> Values<'v> {
    /// Rows `from..to`.
    pub fn slice(&self, from: usize, to: usize) -> Values<'v> {
        match self {
            Values::U8(values) => Values::U8(&values[from..to]),
            Values::U32(values) => Values::U32(&values[from..to]),
            Values::I32(values) => Values::I32(&values[from..to]),
            Values::U64(values) => Values::U64(&values[from..to]),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Values::U8(values) => values.len(),
            Values::U32(values) => values.len(),
            Values::I32(values) => values.len(),
            Values::U64(values) => values.len(),
        }
    }

    /// The value in `row`, as it is printed in errors.
    pub fn get(&self, row: usize) -> i128 {
        match self {
            Values::U8(values) => values[row].into(),
            Values::U32(values) => values[row].into(),
            Values::I32(values) => values[row].into(),
            Values::U64(values) => values[row].into(),
        }
    }

    /// First row in which the two differ, as far as both go.
    pub fn first_difference(&self, other: &Values<'_>) -> Option<usize> {
        fn first<T: PartialEq>(a: &[T], b: &[T]) -> Option<usize> {
            let common = a.len().min(b.len());
            // One comparison of memory in the usual case.
            if a[..common] == b[..common] { None } else { a.iter().zip(b).position(|(a, b)| a != b) }
        }
        match (self, other) {
            (Values::U8(a), Values::U8(b)) => first(a, b),
            (Values::U32(a), Values::U32(b)) => first(a, b),
            (Values::I32(a), Values::I32(b)) => first(a, b),
            (Values::U64(a), Values::U64(b)) => first(a, b),
            _ => Some(0),
        }
    }
}

impl ValuesMut<'_> {
    /// Appends `values`, which must be of the same type.
    pub fn extend(&mut self, values: Values<'_>) {
        match (self, values) {
            (ValuesMut::U8(to), Values::U8(from)) => to.extend_from_slice(from),
            (ValuesMut::U32(to), Values::U32(from)) => to.extend_from_slice(from),
            (ValuesMut::I32(to), Values::I32(from)) => to.extend_from_slice(from),
            (ValuesMut::U64(to), Values::U64(from)) => to.extend_from_slice(from),
            _ => unreachable!("both sides are made from one schema"),
        }
    }
}

impl OwnedValues {
    pub fn new(kind: ColumnType) -> OwnedValues {
        match kind {
            ColumnType::U8 => OwnedValues::U8(Vec::new()),
            ColumnType::U32 => OwnedValues::U32(Vec::new()),
            ColumnType::I32 => OwnedValues::I32(Vec::new()),
            ColumnType::U64 => OwnedValues::U64(Vec::new()),
        }
    }

    /// Appends rows `from..to` of `values`, which must be of the same type.
    pub fn extend(&mut self, values: Values<'_>, from: usize, to: usize) {
        match (self, values) {
            (OwnedValues::U8(own), Values::U8(more)) => own.extend_from_slice(&more[from..to]),
            (OwnedValues::U32(own), Values::U32(more)) => own.extend_from_slice(&more[from..to]),
            (OwnedValues::I32(own), Values::I32(more)) => own.extend_from_slice(&more[from..to]),
            (OwnedValues::U64(own), Values::U64(more)) => own.extend_from_slice(&more[from..to]),
            _ => unreachable!("both sides are made from one schema"),
        }
    }
}

/// A cell in which two tables differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub row: usize,
    pub column: usize,
    pub expected: i128,
    pub actual: i128,
}

/// The first row that differs, and in it the first column.
pub(crate) fn first_difference(actual: &[Values<'_>], expected: &[Values<'_>]) -> Option<Difference> {
    let pairs = actual.iter().zip(expected).enumerate();
    let (row, column) = pairs.filter_map(|(column, (a, b))| Some((a.first_difference(b)?, column))).min()?;
    Some(Difference { row, column, expected: expected[column].get(row), actual: actual[column].get(row) })
}
