//! Which guest registers live in x86 registers.
//!
//! A map for the whole program, common to all code that is entered from anywhere: the most used registers, an occurrence
//! inside a loop counting as many times as the loop is nested deep. And for each loop without calls a map of its own, which
//! differs from the common one where the loop uses other registers more; the edges in and out move those. Measured: matrix takes
//! 9.5 times as long as native without maps for loops, 4.4 with them.

use std::ops::Range;

use zkvm_machine::{Flow, Instruction, Program, Reg, TextRange};

use crate::blocks::{Entries, is_stop};
use crate::emit::Value;
use crate::layout::slot;
use crate::options::{MapChoice, Mode};

/// x86 numbers of the registers that values of the guest may be in, `rax` and `rdx` first, which are scratch between blocks;
/// the others may be homes. Not among them: `rbp` points to the state block, `r14` counts the steps left, `r15` points to the log.
const RUN: [u8; 13] = [0, 2, 3, 1, 6, 7, 8, 9, 10, 11, 12, 13, 4];
/// Replay also needs registers for the rows (`emit/rows.rs`), and leaves the stack alone, so that signals can be handled on it.
const REPLAY: [u8; 9] = [0, 2, 1, 8, 9, 10, 11, 12, 13];
const SCRATCH: usize = 2;

impl Mode {
    /// x86 registers that values may be in.
    pub(crate) fn pool(self) -> &'static [u8] {
        match self {
            Mode::Traced | Mode::Untraced => &RUN,
            Mode::Replay => &REPLAY,
        }
    }

    /// Those that hold guest registers between blocks.
    pub(crate) fn homes(self) -> &'static [u8] {
        &self.pool()[SCRATCH..]
    }
}

/// Where a guest register lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `x0`: nowhere.
    Zero,
    /// In the x86 register of that number.
    Gpr(u8),
    /// In memory at `[rbp + displacement]`.
    Slot(i8),
}

/// The choice for a piece of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegisterMap {
    homes: [Option<u8>; 32],
}

impl RegisterMap {
    pub(crate) const EMPTY: RegisterMap = RegisterMap { homes: [None; 32] };

    /// The registers of greatest `uses`.
    fn most_used(uses: &[u64; 32], mode: Mode) -> RegisterMap {
        let mut order: Vec<usize> = (1..32).filter(|&index| uses[index] > 0).collect();
        order.sort_by_key(|&index| (std::cmp::Reverse(uses[index]), index));
        let mut homes = [None; 32];
        order.iter().zip(mode.homes()).for_each(|(&index, &home)| homes[index] = Some(home));
        RegisterMap { homes }
    }

    /// This map, but that registers of greater `uses` have the homes of those with less, if it is worth the moves.
    fn adapted(&self, uses: &[u64; 32], mode: Mode) -> RegisterMap {
        let mut homes = self.homes;
        let mut wanting: Vec<usize> = (1..32).filter(|&index| homes[index].is_none() && uses[index] > 0).collect();
        wanting.sort_by_key(|&index| std::cmp::Reverse(uses[index]));
        let mut owners: Vec<usize> = (1..32).filter(|&index| homes[index].is_some()).collect();
        owners.sort_by_key(|&index| uses[index]);
        let unused = mode.homes().iter().filter(|&&home| !self.homes.contains(&Some(home)));
        let mut wanting = wanting.into_iter();
        unused.zip(wanting.by_ref()).for_each(|(&home, index)| homes[index] = Some(home));
        for (index, owner) in wanting.zip(owners) {
            if uses[index] <= uses[owner] + MOVES {
                break;
            }
            homes[index] = homes[owner].take();
        }
        RegisterMap { homes }
    }

    pub(crate) fn place(&self, reg: Reg) -> Place {
        match (reg, self.homes[reg.index()]) {
            (Reg::ZERO, _) => Place::Zero,
            (_, Some(home)) => Place::Gpr(home),
            (_, None) => Place::Slot(slot(reg.index())),
        }
    }

    /// Guest registers in x86 registers: `(guest index, x86 number)`.
    pub(crate) fn mapped(&self) -> impl Iterator<Item = (usize, u8)> {
        self.homes.iter().enumerate().filter_map(|(index, home)| home.map(|home| (index, home)))
    }

    /// Where the guest's registers are between blocks.
    pub(crate) fn values(&self) -> [Value; 32] {
        self.homes.map(|home| home.map_or(Value::Slot, Value::Host))
    }

    /// 32 bytes: per guest register its home, 255 for none.
    pub(crate) fn to_bytes(&self) -> [u8; 32] {
        self.homes.map(|home| home.unwrap_or(u8::MAX))
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<RegisterMap> {
        let homes = bytes.map(|home| (home != u8::MAX).then_some(home));
        homes.iter().flatten().all(|home| RUN[SCRATCH..].contains(home)).then_some(RegisterMap { homes })
    }
}

/// What the exchange of two registers at entry and exit of a loop costs.
const MOVES: u64 = 4;

/// Slots of a text range with a map of their own; begins and ends at block boundaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub slots: Range<u32>,
    pub map: RegisterMap,
}

/// The maps of a text range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RangeMaps {
    pub common: RegisterMap,
    /// In ascending order.
    pub regions: Vec<Region>,
}

impl RangeMaps {
    /// Those of all text ranges of `program`, which have these entries.
    pub(crate) fn of(program: &Program, entries: &[Entries], mode: Mode, choice: MapChoice) -> Vec<RangeMaps> {
        let mut uses = [0u64; 32];
        program.text().iter().for_each(|range| count_uses(&range.slots, weights(range), &mut uses));
        let common = RegisterMap::most_used(&uses, mode);
        let of_range = |(range, entries): (&TextRange, &Entries)| {
            let regions = match choice {
                MapChoice::Loops => regions(range, &common, mode),
                MapChoice::Common => Vec::new(),
                MapChoice::Scattered => scattered(entries, mode),
            };
            RangeMaps { common: common.clone(), regions }
        };
        program.text().iter().zip(entries).map(of_range).collect()
    }

    /// The map of the block that begins at `slot`.
    pub(crate) fn at(&self, slot: usize) -> &RegisterMap {
        let slot = slot as u32;
        let next = self.regions.partition_point(|region| region.slots.start <= slot);
        let region = next.checked_sub(1).map(|index| &self.regions[index]);
        region.filter(|region| region.slots.contains(&slot)).map_or(&self.common, |region| &region.map)
    }
}

/// A map for every block, a different one if possible.
fn scattered(entries: &Entries, mode: Mode) -> Vec<Region> {
    let slots = entries.flags().len();
    let starts = (0..slots).filter(|&slot| slot == 0 || entries.is_entry(slot));
    let region = |start: usize| {
        let mut homes = [None; 32];
        for (index, &home) in mode.homes().iter().enumerate() {
            // 31 is prime: no two of the eleven meet.
            homes[1 + (start * 11 + index * (1 + start % 29)) % 31] = Some(home);
        }
        Region { slots: start as u32..entries.block_end(start) as u32, map: RegisterMap { homes } }
    };
    starts.map(region).collect()
}

/// The outermost loops without calls, and their maps where they differ from `common`.
fn regions(range: &TextRange, common: &RegisterMap, mode: Mode) -> Vec<Region> {
    let mut loops = find_loops(range, LONGEST_REGION);
    let mut calls = vec![0u32; range.slots.len() + 1];
    for (slot, &instruction) in range.slots.iter().enumerate() {
        calls[slot + 1] = calls[slot] + u32::from(leaves(instruction, mode));
    }
    loops.retain(|body| calls[body.start] == calls[body.end]);
    // Ascending, of those with one head the longest first: what begins inside the last one taken is nested in it, or
    // overlaps it.
    loops.sort_by_key(|body| (body.start, std::cmp::Reverse(body.end)));
    let mut regions: Vec<Region> = Vec::new();
    let mut taken = 0;
    for body in &loops {
        if body.start < taken {
            continue;
        }
        taken = body.end;
        let mut depths = vec![0u32; body.len()];
        let inside = &loops[loops.partition_point(|inner| inner.start < body.start)..];
        let inside = inside.iter().take_while(|inner| inner.start < body.end);
        for inner in inside.filter(|inner| inner.end <= body.end) {
            depths[inner.start - body.start..inner.end - body.start].iter_mut().for_each(|depth| *depth += 1);
        }
        let mut uses = [0; 32];
        let weights = depths.into_iter().map(|depth| 1 << (3 * depth.min(DEEPEST_NESTING)));
        count_uses(&range.slots[body.clone()], weights, &mut uses);
        let map = common.adapted(&uses, mode);
        if map != *common {
            regions.push(Region { slots: body.start as u32..body.end as u32, map });
        }
    }
    regions
}

/// Whether an instruction may go where the common map is expected.
fn leaves(instruction: Option<Instruction>, mode: Mode) -> bool {
    let Some(instruction) = instruction else { return true };
    match instruction.flow() {
        Flow::Indirect | Flow::System => true,
        Flow::Jump { .. } => instruction.destination().is_some(),
        Flow::Branch { .. } => false,
        Flow::Next => is_stop(Some(instruction), mode),
    }
}

/// Instructions. Longer backward jumps are rarely hot loops: compilers put unlikely code behind a function and jump back.
const LONGEST_LOOP: i64 = 256;
const LONGEST_REGION: i64 = 4096;
const DEEPEST_NESTING: u32 = 5;

fn count_uses(slots: &[Option<Instruction>], weights: impl IntoIterator<Item = u64>, uses: &mut [u64; 32]) {
    for (instruction, weight) in slots.iter().zip(weights) {
        let Some(instruction) = instruction else { continue };
        let (rs1, rs2) = instruction.sources();
        let rd = instruction.destination().unwrap_or(Reg::ZERO);
        for reg in [rs1, rs2, rd] {
            uses[reg.index()] += weight;
        }
    }
}

/// What an occurrence in each slot counts: eight times as much per loop around it, and the more the shorter the innermost of
/// them is, since a short loop waits for each of its registers.
pub(crate) fn weights(range: &TextRange) -> Vec<u64> {
    let mut loops = find_loops(range, LONGEST_LOOP);
    loops.sort_by_key(|body| std::cmp::Reverse(body.len()));
    let mut depths = vec![(0u32, 4 * LONGEST_LOOP as u64); range.slots.len()];
    for body in loops {
        let length = body.len() as u64;
        depths[body].iter_mut().for_each(|(depth, innermost)| (*depth, *innermost) = (*depth + 1, length));
    }
    let weight = |(depth, innermost): (u32, u64)| (1024 << (3 * depth.min(DEEPEST_NESTING))) / innermost;
    depths.into_iter().map(weight).collect()
}

/// A loop runs from the target of a backward jump to the last jump to it: several jumps to one head (`continue`) are one.
fn find_loops(range: &TextRange, longest: i64) -> Vec<Range<usize>> {
    let mut ends = vec![0usize; range.slots.len()];
    for (slot, instruction) in range.slots.iter().enumerate() {
        let offset = match instruction.map(Instruction::flow) {
            Some(Flow::Branch { offset }) => offset,
            Some(Flow::Jump { offset }) if instruction.and_then(Instruction::destination).is_none() => offset,
            _ => continue,
        };
        let head = slot as i64 + i64::from(offset) / 4;
        if offset <= 0 && head >= 0 && slot as i64 - head < longest {
            ends[head as usize] = slot + 1;
        }
    }
    ends.into_iter().enumerate().filter(|&(_, end)| end > 0).map(|(head, end)| head..end).collect()
}
