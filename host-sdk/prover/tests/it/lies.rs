//! The lying prover: one step of a true run is changed, everything after it follows honestly from the changed machine, and all
//! tables are made from that, consistently. Whatever the lie, the circuit must refuse it.
//!
//! A *scene* is a small program about one instruction; a *lie* changes the step that executes it, if it makes sense there.

mod kinds;
mod scenes;

use std::collections::BTreeMap;

use zkvm_machine::{Access, Instruction, MachineState, Reg, StepRecord};

use crate::guest::{Guest, Ram, Refusal, Run};

/// The step that a lie is about.
pub struct Moment<'m> {
    /// The machine before the step.
    pub before: &'m MachineState,
    /// Memory before the step.
    pub ram_before: &'m Ram<'m>,
    /// Memory before the first step.
    pub ram_at_start: &'m Ram<'m>,
    /// The machine after the step.
    pub after: MachineState,
    /// Memory after the step.
    pub ram: Ram<'m>,
    /// What the step did. A lie may leave it out or add more.
    pub records: Vec<StepRecord>,
    /// The instruction after it.
    pub then: Option<Instruction>,
    /// Where the machine is said to be at the end, if the run is said to end here.
    pub ends_at: Option<u64>,
}

impl Moment<'_> {
    pub fn record(&mut self) -> &mut StepRecord {
        &mut self.records[0]
    }

    pub fn instruction(&self) -> Instruction {
        self.records[0].instruction
    }

    pub fn rs1(&self) -> u64 {
        self.records[0].rs1
    }

    pub fn rs2(&self) -> u64 {
        self.records[0].rs2
    }

    pub fn rd(&self) -> u64 {
        self.records[0].rd
    }

    /// The destination gets `value`. Says whether that is a lie.
    pub fn result(&mut self, value: u64) -> bool {
        match self.instruction().destination() {
            Some(rd) if rd != Reg::ZERO && value != self.rd() => {
                self.record().rd = value;
                self.after.x[rd.index()] = value;
                true
            }
            _ => false,
        }
    }

    /// The next instruction is at `pc`. Says whether that is a lie.
    pub fn go(&mut self, pc: u64) -> bool {
        let lie = self.record().next_pc != pc;
        self.record().next_pc = pc;
        self.after.pc = pc;
        lie
    }

    /// Whether a `sc` follows, so that a lie about the reservation has a consequence.
    pub fn follows(&self) -> bool {
        matches!(self.then, Some(Instruction::StoreConditional { .. }))
    }

    /// Nothing happens but that the step is over.
    pub fn nothing(&mut self) {
        let next = self.before.pc + 4;
        self.after = MachineState { pc: next, ..self.before.clone() };
        self.ram = self.ram_before.clone();
    }
}

/// A way to lie. Says whether it makes sense at this step.
pub type Lie = (&'static str, fn(&mut Moment<'_>) -> bool);

/// Runs `guest`, lying at step number `at`.
pub fn lie(guest: &Guest, at: usize, lie: fn(&mut Moment<'_>) -> bool) -> Option<Run> {
    let (mut before, mut ram) = (guest.state(), guest.ram());
    let ram_at_start = ram.clone();
    let mut run = Run::default();
    for _ in 0..at {
        let instruction = guest.program.fetch(before.pc).expect("an honest step");
        run.records.push(zkvm_machine::step(&mut before, instruction, &mut ram).expect("an honest step"));
    }
    let instruction = guest.program.fetch(before.pc).expect("an instruction to lie about");
    let (mut after, mut ram_after) = (before.clone(), ram.clone());
    // A step that traps is presented as one that does nothing, for lies to make something of.
    let nothing = || {
        let (rs1, rs2) = instruction.sources();
        let (rs1, rs2) = (before.x[rs1.index()], before.x[rs2.index()]);
        // Memory that exists, so that tables can be filled.
        let accesses = |width| Access { address: zkvm_test_support::DATA, width, read: Some(0), written: None };
        let access = match instruction {
            Instruction::Load { width, .. } | Instruction::LoadReserved { width, .. } => Some(accesses(width)),
            Instruction::Store { width, .. } | Instruction::Amo { width, .. } => {
                Some(Access { read: None, written: Some(rs2 & width.mask()), ..accesses(width) })
            }
            _ => None,
        };
        StepRecord { pc: before.pc, instruction, rs1, rs2, rd: 0, next_pc: before.pc + 4, access, event: None }
    };
    let trapped = zkvm_machine::step(&mut after, instruction, &mut ram_after).map_err(|_| nothing());
    let (Ok(record) | Err(record)) = trapped;
    if trapped.is_err() {
        after.pc += 4;
    }
    let mut moment = Moment {
        before: &before,
        ram_before: &ram,
        ram_at_start: &ram_at_start,
        after,
        ram: ram_after,
        records: vec![record],
        then: guest.program.fetch(before.pc + 4).ok(),
        ends_at: None,
    };
    if !lie(&mut moment) {
        return None;
    }
    run.records.extend(moment.records);
    let exits = matches!(trapped, Ok(StepRecord { event: Some(zkvm_machine::Event::Exit { .. }), .. }));
    let end = moment.ends_at.or((exits && moment.after.pc == before.pc + 4).then_some(zkvm_circuit::cells::HALTED));
    run.pc = match end {
        Some(pc) => pc,
        None => {
            let mut ram = moment.ram;
            let rest = guest.go_on(moment.after, &mut ram, 400);
            run.records.extend(rest.records);
            rest.pc
        }
    };
    Some(run)
}

/// Tells every kind of lie about every instruction it makes sense for, in one scene or, of some, in more.
#[test]
fn every_lie_is_refused() {
    tell(|times, number| times == 0 || number % 7 == 0);
}

/// All lies in all scenes: minutes.
#[test]
#[ignore = "the same as `every_lie_is_refused`, more often"]
fn every_lie_is_refused_everywhere() {
    tell(|_, _| true);
}

/// Tells those lies for which `worthwhile` holds of how often this kind has been told about this instruction before and
/// of the lie's number, and counts.
fn tell(worthwhile: fn(usize, usize) -> bool) {
    // Tables that cannot be filled panic; that is an answer here, not a failure.
    let quiet = crate::guest::Quiet::new();
    let scenes = scenes::all();
    let lies = kinds::all();
    let mut told: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut refused: BTreeMap<Refusal, usize> = BTreeMap::new();
    let mut unbuilt: BTreeMap<&str, usize> = BTreeMap::new();
    let mut believed = Vec::new();
    let mut number = 0;
    for scene in &scenes {
        for &(name, change) in &lies {
            let about = told.entry(name).or_default().entry(&scene.about).or_insert(0);
            number += 1;
            if !worthwhile(*about, number) {
                continue;
            }
            let Some(run) = lie(&scene.guest, scene.at, change) else { continue };
            *about += 1;
            match scene.guest.judge(&run) {
                Some(refusal) => {
                    *refused.entry(refusal).or_insert(0) += 1;
                    if refusal == Refusal::Unbuilt {
                        *unbuilt.entry(name).or_insert(0) += 1;
                    }
                }
                None => believed.push(format!("{name}: {}", scene.name)),
            }
        }
    }
    drop(quiet);
    let total: usize = told.values().flat_map(BTreeMap::values).sum();
    println!("{} kinds of lies in {} scenes: {total} lies", lies.len(), scenes.len());
    println!("refused by {refused:?}");
    println!("could not even be built: {unbuilt:?}");
    assert_eq!(believed, [""; 0], "lies that are believed");
    let never = told.iter().filter(|(_, about)| about.values().all(|&times| times == 0));
    assert_eq!(never.map(|(name, _)| *name).collect::<Vec<_>>(), [""; 0], "every kind is told somewhere");
    assert!(lies.len() >= 60, "{} kinds", lies.len());
}

/// Without a lie, every scene is believed: what refuses the lies is the lie.
#[test]
fn the_truth_is_believed() {
    for scene in scenes::all().iter().filter(|scene| !scene.traps) {
        let run = scene.guest.run(400);
        assert!(run.records.len() > scene.at, "{}", scene.name);
        assert_eq!(scene.guest.judge(&run), None, "{}", scene.name);
    }
}
