//! The buses that join the tables, and what travels on each. Every message of a bus has the same width; where kinds
//! share a bus, the first field says which.
//!
//! | bus | fields | sent by | received by |
//! |---|---|---|---|
//! | `state` | time, pc | each executed row: where it goes | each executed row: where it is |
//! | `memory` | cell, time, low half, high half | every access: what it leaves | every access: what it finds |
//! | `range` | kind, x, y, z | whoever needs a small fact | `lookup` |
//! | `instr` | kind, nine fields | rows that execute | `program`; the units: `bitwise`, `shift`, … |
//! | `node` | height, index, old digest, new digest | an opened tree node's parent | the node or leaf |
//! | `hash` | domain, eight inputs, four outputs | nodes and leaves | `poseidon2` |

use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;
use p3_lookup::{Count, InteractionBuilder, LookupBus, PermutationCheckBus};

use crate::field::{F, Halves};

/// What a table's constraints are written against: any of Plonky3's builders over [`F`].
pub trait TableBuilder: AirBuilder<F = F> + InteractionBuilder {}
impl<AB: AirBuilder<F = F> + InteractionBuilder> TableBuilder for AB {}

/// Widest program message: the kind and nine fields.
pub const INSTR_FIELDS: usize = 10;

/// First fields of the `instr` bus.
pub mod kind {
    /// An instruction that `core` (or `misaligned`) executes: pc, flags, op, three cells, immediate, target.
    pub const CORE: u64 = 1;
    /// An instruction that `atomic` executes.
    pub const ATOMIC: u64 = 2;
    /// `ecall`.
    pub const ECALL: u64 = 3;
    /// A mapped range of leaves: first, last, 1 if read-only, 1 if it is the input.
    pub const REGION: u64 = 4;
    /// `op(a, b) = c`, computed by a unit.
    pub const UNIT: u64 = 5;
    /// A load or store of less than a word, inside one word.
    pub const NARROW: u64 = 6;
}

/// First fields of the `range` bus. The columns behind them are those of `lookup`.
pub mod fact {
    /// x < 2^16.
    pub const LIMB: u64 = 0;
    /// x < 2^16 and y is its bit 15.
    pub const SIGN: u64 = 1;
    /// x < 2^16 and y is x mod 8.
    pub const LOW3: u64 = 2;
    /// x < 2^8 and y < 2^8.
    pub const BYTES: u64 = 3;
    /// x < 2^8, y < 2^8 and z = x & y.
    pub const AND: u64 = 4;
    /// x < 2^16, y is x / 16 mod 4 and z is 2^(x mod 16).
    pub const SHIFT: u64 = 5;
    /// Number of kinds.
    pub const KINDS: usize = 6;
}

fn flag<AB: TableBuilder>(count: impl Into<AB::Expr>) -> Count<AB::Expr> {
    Count::bounded(count.into(), 1)
}

fn constant<AB: TableBuilder>(value: u64) -> AB::Expr {
    AB::Expr::from_u64(value)
}

/// A row executes: it takes over at `(time, pc)` and hands on at `(next_time, next_pc)`.
pub fn execute<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    here: [AB::Expr; 2],
    next: [AB::Expr; 2],
) {
    let real = real.into();
    let state = PermutationCheckBus::new("state");
    state.receive(builder, here, flag::<AB>(real.clone()));
    state.send(builder, next, flag::<AB>(real));
}

/// One access to a cell: what it finds (`old`, left there at `before`) and what it leaves (`new`, at `now`).
#[derive(Clone, Debug)]
pub struct CellAccess<E> {
    /// Which cell: [`crate::cells`].
    pub cell: E,
    /// Time of the access before.
    pub before: E,
    /// Time of this access; 1 ≤ `now` − `before` ≤ 2^16 is enforced.
    pub now: E,
    /// The value found.
    pub old: Halves<E>,
    /// The value left.
    pub new: Halves<E>,
}

/// A row accesses a cell.
pub fn access<AB: TableBuilder>(builder: &mut AB, real: impl Into<AB::Expr>, it: CellAccess<AB::Expr>) {
    let real = real.into();
    receive_cell(builder, real.clone(), it.cell.clone(), it.before.clone(), it.old);
    send_cell(builder, real.clone(), it.cell, it.now.clone(), it.new);
    limb(builder, real, it.now - it.before - AB::Expr::ONE);
}

/// Puts a value into a cell.
pub fn send_cell<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    cell: AB::Expr,
    time: AB::Expr,
    [low, high]: Halves<AB::Expr>,
) {
    PermutationCheckBus::new("memory").send(builder, [cell, time, low, high], flag::<AB>(real));
}

/// Takes a value out of a cell.
pub fn receive_cell<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    cell: AB::Expr,
    time: AB::Expr,
    [low, high]: Halves<AB::Expr>,
) {
    PermutationCheckBus::new("memory").receive(builder, [cell, time, low, high], flag::<AB>(real));
}

fn look_up<AB: TableBuilder>(builder: &mut AB, real: impl Into<AB::Expr>, kind: u64, fields: [AB::Expr; 3]) {
    let [x, y, z] = fields;
    LookupBus::new("range").lookup_key(builder, [constant::<AB>(kind), x, y, z], flag::<AB>(real));
}

/// `x` < 2^16.
pub fn limb<AB: TableBuilder>(builder: &mut AB, real: impl Into<AB::Expr>, x: impl Into<AB::Expr>) {
    look_up(builder, real, fact::LIMB, [x.into(), AB::Expr::ZERO, AB::Expr::ZERO]);
}

/// `x` < 2^16 and `sign` is its bit 15.
pub fn sign<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    x: impl Into<AB::Expr>,
    sign: impl Into<AB::Expr>,
) {
    look_up(builder, real, fact::SIGN, [x.into(), sign.into(), AB::Expr::ZERO]);
}

/// `x` < 2^16 and `low` is `x` mod 8.
pub fn low3<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    x: impl Into<AB::Expr>,
    low: impl Into<AB::Expr>,
) {
    look_up(builder, real, fact::LOW3, [x.into(), low.into(), AB::Expr::ZERO]);
}

/// `x` and `y` are bytes.
pub fn two_bytes<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    x: impl Into<AB::Expr>,
    y: impl Into<AB::Expr>,
) {
    look_up(builder, real, fact::BYTES, [x.into(), y.into(), AB::Expr::ZERO]);
}

/// `x` and `y` are bytes and `and` is `x & y`.
pub fn and_bytes<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    x: impl Into<AB::Expr>,
    y: impl Into<AB::Expr>,
    and: impl Into<AB::Expr>,
) {
    look_up(builder, real, fact::AND, [x.into(), y.into(), and.into()]);
}

/// `x` < 2^16, `limbs` is bits 4 and 5 of `x`, and `power` is 2^(`x` mod 16).
pub fn shift_amount<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    x: impl Into<AB::Expr>,
    limbs: impl Into<AB::Expr>,
    power: impl Into<AB::Expr>,
) {
    look_up(builder, real, fact::SHIFT, [x.into(), limbs.into(), power.into()]);
}

/// The table side of the `range` bus.
pub fn provide_fact<AB: TableBuilder>(
    builder: &mut AB,
    times: impl Into<AB::Expr>,
    kind: u64,
    [x, y, z]: [AB::Expr; 3],
) {
    LookupBus::new("range").table_entry(builder, [constant::<AB>(kind), x, y, z], times);
}

fn instr_fields<AB: TableBuilder>(
    kind: AB::Expr,
    fields: impl IntoIterator<Item = AB::Expr>,
) -> [AB::Expr; INSTR_FIELDS] {
    let mut all = [const { None }; INSTR_FIELDS];
    all[0] = Some(kind);
    for (slot, field) in all[1..].iter_mut().zip(fields) {
        *slot = Some(field);
    }
    all.map(|field| field.unwrap_or(AB::Expr::ZERO))
}

/// Looks up a row of the program table.
pub fn fetch<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    kind: u64,
    fields: impl IntoIterator<Item = AB::Expr>,
) {
    let fields = instr_fields::<AB>(constant::<AB>(kind), fields);
    LookupBus::new("instr").lookup_key(builder, fields, flag::<AB>(real));
}

/// The table side of [`fetch`]: all ten fields, the kind first.
pub fn provide_row<AB: TableBuilder>(builder: &mut AB, times: impl Into<AB::Expr>, fields: [AB::Expr; INSTR_FIELDS]) {
    LookupBus::new("instr").table_entry(builder, fields, times);
}

/// `op(a, b) = c` on the `instr` bus.
#[derive(Clone, Debug)]
pub struct UnitMessage<E> {
    /// [`crate::Op`] as a number.
    pub op: E,
    /// First operand.
    pub a: Halves<E>,
    /// Second operand.
    pub b: Halves<E>,
    /// Result.
    pub c: Halves<E>,
}

impl<E> UnitMessage<E> {
    fn fields(self) -> impl Iterator<Item = E> {
        [self.op].into_iter().chain(self.a).chain(self.b).chain(self.c)
    }
}

/// Asks a unit for `op(a, b) = c`.
pub fn ask_unit<AB: TableBuilder>(builder: &mut AB, real: impl Into<AB::Expr>, it: UnitMessage<AB::Expr>) {
    fetch(builder, real, kind::UNIT, it.fields());
}

/// A unit's row vouches, `times` times, for `op(a, b) = c`.
pub fn provide_unit<AB: TableBuilder>(builder: &mut AB, times: impl Into<AB::Expr>, it: UnitMessage<AB::Expr>) {
    let fields = instr_fields::<AB>(constant::<AB>(kind::UNIT), it.fields());
    provide_row(builder, times, fields);
}

/// A load or store of less than a word, inside one word, on the `instr` bus.
#[derive(Clone, Debug)]
pub struct NarrowMessage<E> {
    /// [`crate::NarrowOp`] as a number.
    pub op: E,
    /// Address mod 8.
    pub offset: E,
    /// Load: the word in memory. Store: the register's value.
    pub source: Halves<E>,
    /// Store: the word in memory before. Load: anything.
    pub old: Halves<E>,
    /// Load: the register's value. Store: the word in memory after.
    pub new: Halves<E>,
}

impl<E> NarrowMessage<E> {
    fn fields(self) -> impl Iterator<Item = E> {
        [self.op, self.offset].into_iter().chain(self.source).chain(self.old).chain(self.new)
    }
}

/// Asks `narrow` for a load or store.
pub fn ask_narrow<AB: TableBuilder>(builder: &mut AB, real: impl Into<AB::Expr>, it: NarrowMessage<AB::Expr>) {
    fetch(builder, real, kind::NARROW, it.fields());
}

/// A row of `narrow` vouches for a load or store.
pub fn provide_narrow<AB: TableBuilder>(builder: &mut AB, times: impl Into<AB::Expr>, it: NarrowMessage<AB::Expr>) {
    let fields = instr_fields::<AB>(constant::<AB>(kind::NARROW), it.fields());
    provide_row(builder, times, fields);
}

/// Elements of a digest.
pub const DIGEST: usize = 4;

/// A node of the memory tree in two versions: before and after the segment.
#[derive(Clone, Debug)]
pub struct NodeMessage<E> {
    /// Levels above the leaves.
    pub height: E,
    /// Number of the node in its level, from 0.
    pub index: E,
    /// Its digest before the segment.
    pub old: [E; DIGEST],
    /// Its digest after the segment.
    pub new: [E; DIGEST],
}

impl<E> NodeMessage<E> {
    fn fields(self) -> impl Iterator<Item = E> {
        [self.height, self.index].into_iter().chain(self.old).chain(self.new)
    }
}

/// A parent opens a child.
pub fn open_node<AB: TableBuilder>(builder: &mut AB, real: impl Into<AB::Expr>, it: NodeMessage<AB::Expr>) {
    PermutationCheckBus::new("node").send(builder, it.fields(), flag::<AB>(real));
}

/// A node or leaf takes the opening that its parent made.
pub fn take_node<AB: TableBuilder>(builder: &mut AB, real: impl Into<AB::Expr>, it: NodeMessage<AB::Expr>) {
    PermutationCheckBus::new("node").receive(builder, it.fields(), flag::<AB>(real));
}

/// Inputs of the hash function.
pub const HASH_INPUTS: usize = 8;

fn hash_fields<E>(domain: E, inputs: [E; HASH_INPUTS], digest: [E; DIGEST]) -> impl Iterator<Item = E> {
    [domain].into_iter().chain(inputs).chain(digest)
}

/// Asks for `hash(domain, inputs) = digest`.
pub fn ask_hash<AB: TableBuilder>(
    builder: &mut AB,
    real: impl Into<AB::Expr>,
    domain: u64,
    inputs: [AB::Expr; HASH_INPUTS],
    digest: [AB::Expr; DIGEST],
) {
    let fields = hash_fields(constant::<AB>(domain), inputs, digest);
    LookupBus::new("hash").lookup_key(builder, fields, flag::<AB>(real));
}

/// A row of `poseidon2` vouches, `times` times, for `hash(domain, inputs) = digest`.
pub fn provide_hash<AB: TableBuilder>(
    builder: &mut AB,
    times: impl Into<AB::Expr>,
    domain: AB::Expr,
    inputs: [AB::Expr; HASH_INPUTS],
    digest: [AB::Expr; DIGEST],
) {
    LookupBus::new("hash").table_entry(builder, hash_fields(domain, inputs, digest), times);
}
