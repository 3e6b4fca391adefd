//! Replay: how fast a trace becomes the rows of its steps, per core.
use std::hint::black_box;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Serialize;
use zkvm_sdk::machine::Class;
use zkvm_sdk::trace::{Chunk, MemoryReadLog};
use zkvm_sdk::translator::{Mode, Replayer, Tile, TranslateOptions};
use zkvm_sdk::{Engine, Input, Outcome, Program, Rom, RunOptions, replay_chunk, replay_tiles, run_traced};

use crate::clock::{Spender, timed};
use crate::report::geometric_mean;

/// Chunks that are replayed, evenly spread over the run.
const SAMPLE: u64 = 48;

/// Of the sample one in so many is replayed by the reference semantics, which take long.
const REFERENCE_EVERY: usize = 8;

/// Steps per second of one core.
#[derive(Serialize)]
pub struct Figures {
    pub guest: String,
    pub chunks: usize,
    /// The reference semantics, records dropped.
    pub reference: f64,
    /// Native code into tiles, each of which is read once while it is hot.
    pub tiles: f64,
    /// Native code into columns in memory, a chunk's at a time.
    pub memory: f64,
    /// Bytes of rows per step.
    pub bytes_per_step: f64,
}

/// Rows of a chunk in memory: per class steps, pcs, and three columns of values.
#[derive(Default)]
struct Columns {
    step: [Vec<u32>; Class::ALL.len()],
    pc: [Vec<u32>; Class::ALL.len()],
    values: [[Vec<u64>; 3]; Class::ALL.len()],
}

impl Columns {
    fn clear(&mut self) {
        self.step.iter_mut().chain(&mut self.pc).for_each(Vec::clear);
        self.values.iter_mut().flatten().for_each(Vec::clear);
    }

    fn append(&mut self, tile: Tile<'_>) {
        let class = tile.class as usize;
        self.step[class].extend_from_slice(tile.step);
        self.pc[class].extend_from_slice(tile.pc);
        self.values[class].iter_mut().zip(tile.values).for_each(|(column, values)| column.extend_from_slice(values));
    }

    fn bytes(&self) -> usize {
        let narrow: usize = self.step.iter().chain(&self.pc).map(|column| 4 * column.len()).sum();
        narrow + self.values.iter().flatten().map(|column| 8 * column.len()).sum::<usize>()
    }
}

/// Reads every cell.
fn sum(tile: Tile<'_>) -> u64 {
    let narrow = |column: &[u32]| column.iter().fold(0u32, |sum, &value| sum.wrapping_add(value));
    let wide = |column: &[u64]| column.iter().fold(0u64, |sum, &value| sum.wrapping_add(value));
    let values = tile.values.map(wide).into_iter().fold(0, u64::wrapping_add);
    values.wrapping_add(narrow(tile.step).wrapping_add(narrow(tile.pc)).into())
}

/// Best of `rounds`.
pub fn measure(guest: &str, elf: &[u8], input: Vec<u8>, rounds: u32) -> Result<Figures> {
    let program = Program::from_elf(elf)?;
    let chunks = sample(&program, &Input::new(input)?)?;
    let replay_rom = Rom::translate(&program, &TranslateOptions { mode: Mode::Replay, ..TranslateOptions::default() });
    let mut replayer = Replayer::new(&program, &replay_rom)?;
    let mut columns = Columns::default();
    let steps: u64 = chunks.iter().map(|chunk| chunk.steps).sum();
    let reference_chunks = || chunks.iter().step_by(REFERENCE_EVERY);
    let reference_steps: u64 = reference_chunks().map(|chunk| chunk.steps).sum();
    let [mut reference, mut tiles, mut memory] = [Duration::MAX; 3];
    let mut bytes = 0;
    for _ in 0..rounds {
        let by_reference = || {
            reference_chunks()
                .try_for_each(|chunk| replay_chunk(&program, chunk.into(), |_, record| _ = black_box(record)).map(drop))
        };
        let (time, result) = timed(Spender::Process, by_reference)?;
        result?;
        reference = reference.min(time);
        let (time, result) = timed(Spender::Process, || {
            chunks.iter().try_for_each(|chunk| {
                replay_tiles(&program, &mut replayer, chunk.into(), &mut |tile| _ = black_box(sum(tile))).map(drop)
            })
        })?;
        result?;
        tiles = tiles.min(time);
        bytes = 0;
        let (time, result) = timed(Spender::Process, || {
            chunks.iter().try_for_each(|chunk| {
                columns.clear();
                replay_tiles(&program, &mut replayer, chunk.into(), &mut |tile| columns.append(tile))?;
                bytes += columns.bytes();
                black_box(&mut columns);
                anyhow::Ok(())
            })
        })?;
        result?;
        memory = memory.min(time);
    }
    let rate = |steps: u64, time: Duration| steps as f64 / time.as_secs_f64();
    Ok(Figures {
        guest: guest.to_owned(),
        chunks: chunks.len(),
        reference: rate(reference_steps, reference),
        tiles: rate(steps, tiles),
        memory: rate(steps, memory),
        bytes_per_step: bytes as f64 / steps as f64,
    })
}

fn sample(program: &Program, input: &Input) -> Result<Vec<Chunk>> {
    let rom = Rom::translate(program, &TranslateOptions::default());
    let mut count = 0;
    let mut console = |_, _: &[u8]| ();
    let mut traced = |on_chunk: &mut dyn FnMut(Chunk)| {
        let mut on_chunk = |chunk| {
            on_chunk(chunk);
            ControlFlow::Continue(())
        };
        run_traced(program, Engine::Native(&rom), input, &mut RunOptions::new(&mut console), &mut on_chunk)
    };
    traced(&mut |_| count += 1)?;
    let every = (count / SAMPLE).max(1);
    let mut chunks = Vec::new();
    let run = traced(&mut |chunk| {
        if chunk.index % every == every / 2 {
            let log = MemoryReadLog::from_bytes(chunk.log.bytes().to_vec());
            chunks.push(Chunk { log, ..chunk });
        }
    })?;
    ensure!(run.outcome == Outcome::Halted { exit_code: 0 }, "the guest failed: {:?}", run.outcome);
    Ok(chunks)
}

/// The table, with the geometric means of the rates.
pub fn print(all: &[Figures], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:10} {:>7} {:>14} {:>10} {:>11} {:>7}",
        "guest", "chunks", "reference M/s", "tiles M/s", "memory M/s", "B/step"
    )?;
    for figures in all {
        writeln!(
            out,
            "{:10} {:7} {:14.0} {:10.0} {:11.0} {:7.1}",
            figures.guest,
            figures.chunks,
            figures.reference / 1e6,
            figures.tiles / 1e6,
            figures.memory / 1e6,
            figures.bytes_per_step
        )?;
    }
    let mean = |figure: fn(&Figures) -> f64| geometric_mean(all.iter().map(figure)) / 1e6;
    let means = (mean(|figures| figures.reference), mean(|figures| figures.tiles), mean(|figures| figures.memory));
    writeln!(out, "{:18} {:14.0} {:10.0} {:11.0}", "geometric mean", means.0, means.1, means.2)
}
