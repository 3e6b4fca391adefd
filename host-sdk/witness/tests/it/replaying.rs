use zkvm_machine::{MachineState, Outcome, Reg, Trap};
use zkvm_trace::{RegisterCheckpoint, TraceEnd, TraceReader, TraceWriter};
use zkvm_witness::{CheckpointField, FoundEnd, ReplayError, replay_chunk, replay_trace};

use crate::guest;

#[test]
fn every_chunk_size_replays() {
    for program in [guest::all_classes(), guest::trapping()] {
        for chunk_steps in [1, 2, 3, 7, 100, 1 << 20] {
            let file = guest::trace(&program, chunk_steps);
            let trace = TraceReader::new(&file).unwrap();
            assert_eq!(replay_trace(&program, &trace), Ok(()), "chunks of {chunk_steps}");
        }
    }
}

/// Replays the trace of [`guest::all_classes`] in chunks of 20 after `tamper` has changed chunk 1, or the end.
#[track_caller]
fn replay_tampered(tamper: impl FnOnce(&mut RegisterCheckpoint, &mut Vec<u8>, &mut TraceEnd)) -> ReplayError {
    let program = guest::all_classes();
    let file = guest::trace(&program, 20);
    let trace = TraceReader::new(&file).unwrap();
    let (mut start, mut log) = (trace.chunks()[1].start.clone(), trace.chunks()[1].log.to_vec());
    let mut end = trace.end().clone();
    tamper(&mut start, &mut log, &mut end);
    let mut writer = TraceWriter::new(Vec::new(), program.id()).unwrap();
    for chunk in trace.chunks() {
        let mut chunk = chunk.to_chunk();
        if chunk.index == 1 {
            (chunk.start, chunk.log) = (start.clone(), zkvm_trace::MemoryReadLog::from_bytes(log.clone()));
        }
        writer.chunk(&chunk).unwrap();
    }
    let file = writer.finish(&end).unwrap();
    replay_trace(&program, &TraceReader::new(&file).unwrap()).unwrap_err()
}

#[test]
fn a_log_with_a_byte_too_few_is_exhausted() {
    let error = replay_tampered(|_, log, _| log.truncate(log.len() - 1));
    assert!(matches!(error, ReplayError::LogExhausted { chunk: 1, step: 20..40, .. }), "{error}");
}

#[test]
fn a_log_with_a_byte_too_many_is_left_over() {
    let error = replay_tampered(|_, log, _| log.push(0));
    assert_eq!(error, ReplayError::LogLeftOver { chunk: 1, step: 40, bytes: 1 });
}

#[test]
fn a_changed_load_shows_at_the_next_checkpoint() {
    // The last load of the chunk is an `lr`, whose result is still there at its end.
    let error = replay_tampered(|_, log, _| *log.last_mut().unwrap() ^= 1);
    assert!(matches!(error, ReplayError::CheckpointMismatch { chunk: 2, step: 40, .. }), "{error}");
}

#[test]
fn every_field_of_a_checkpoint_is_compared() {
    let field = |tamper: fn(&mut MachineState)| match replay_tampered(|start, _, _| tamper(&mut start.state)) {
        ReplayError::CheckpointMismatch { chunk: 1, step: 20, field, .. } => field,
        error => panic!("{error}"),
    };
    assert_eq!(field(|state| state.pc += 4), CheckpointField::Pc);
    assert_eq!(field(|state| state.x[31] ^= 1 << 63), CheckpointField::Register(Reg::new(31)));
    let reserve = |state: &mut MachineState| {
        state.reservation = Some(zkvm_machine::Reservation { address: 8, width: zkvm_machine::Width::Word });
    };
    assert_eq!(field(reserve), CheckpointField::ReservationBytes);
}

#[test]
fn another_outcome_is_refused() {
    let error = replay_tampered(|_, _, end| end.outcome = Outcome::Halted { exit_code: 8 });
    assert!(matches!(error, ReplayError::Outcome { found: FoundEnd::Exit { exit_code: 7 }, .. }), "{error}");
    let trapped = Outcome::Trapped { pc: 0x1_0000, trap: Trap::Breakpoint };
    let error = replay_tampered(|_, _, end| end.outcome = trapped);
    assert!(matches!(error, ReplayError::Outcome { .. }), "{error}");
    let error = replay_tampered(|_, _, end| end.end.state.x[3] = 1);
    assert!(matches!(error, ReplayError::CheckpointMismatch { field: CheckpointField::Register(_), .. }), "{error}");
}

#[test]
fn an_unfinished_trace_is_refused() {
    let program = guest::all_classes();
    let file = guest::trace(&program, 20);
    let trace = TraceReader::new(&file).unwrap();
    let mut writer = TraceWriter::new(Vec::new(), program.id()).unwrap();
    writer.chunk(&trace.chunks()[0].to_chunk()).unwrap();
    let end = TraceEnd { end: trace.chunks()[1].start.clone(), ..trace.end().clone() };
    let file = writer.finish(&end).unwrap();
    let error = replay_trace(&program, &TraceReader::new(&file).unwrap()).unwrap_err();
    assert!(matches!(error, ReplayError::Outcome { step: 20, found: FoundEnd::Nothing, .. }), "{error}");
}

#[test]
fn a_trace_of_another_program_is_refused() {
    let file = guest::trace(&guest::trapping(), 20);
    let error = replay_trace(&guest::all_classes(), &TraceReader::new(&file).unwrap()).unwrap_err();
    assert!(matches!(error, ReplayError::Program { .. }), "{error}");
}

#[test]
fn a_chunk_that_goes_past_the_exit_is_refused() {
    let program = guest::all_classes();
    let file = guest::trace(&program, 1 << 20);
    let trace = TraceReader::new(&file).unwrap();
    let mut chunk = trace.chunks()[0].to_chunk();
    let last = chunk.steps - 1;
    chunk.steps += 1;
    let error = replay_chunk(&program, (&chunk).into(), |_, _| ()).unwrap_err();
    assert!(matches!(error, ReplayError::ExitInside { chunk: 0, step, .. } if step == last), "{error}");
}
