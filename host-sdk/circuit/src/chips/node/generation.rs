//! How rows of `node` are filled.

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::NodeColumns;
use crate::chips::height;
use crate::field::F;
use crate::tree::OpenedNode;

/// The rows of opened nodes, the root first, of a segment after whose last row it is `end_time`.
pub fn rows(nodes: &[OpenedNode], end_time: u64) -> RowMajorMatrix<F> {
    const WIDTH: usize = NodeColumns::<F>::WIDTH;
    let mut values = F::zero_vec(height(nodes.len()) * WIDTH);
    for (number, (node, row)) in nodes.iter().zip(values.chunks_exact_mut(WIDTH)).enumerate() {
        let root = number == 0;
        let ([old_left, old_right], [new_left, new_right]) = (node.old.content, node.new.content);
        let columns = NodeColumns {
            real: F::ONE,
            root: F::from_bool(root),
            changed: F::from_bool(node.old.content != node.new.content),
            open_left: F::from_bool(node.opens[0]),
            open_right: F::from_bool(node.opens[1]),
            height: F::from_u32(node.height),
            index: F::from_u64(node.index),
            end_time: if root { F::from_u64(end_time) } else { F::ZERO },
            old: node.old.digest,
            old_left,
            old_right,
            new: node.new.digest,
            new_left,
            new_right,
        };
        columns.write(row);
    }
    RowMajorMatrix::new(values, WIDTH)
}
