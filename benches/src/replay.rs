//! Replay: how fast a trace becomes the rows of its steps, and what that costs a run beside it.
use std::hint::black_box;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Serialize;
use zkvm_real_guests::{guest_elf, select};
use zkvm_sdk::machine::Class;
use zkvm_sdk::trace::{BufferPool, CHUNK_STEPS, Chunk, MemoryReadLog};
use zkvm_sdk::translator::{Mode, Replayer, Tile, TranslateOptions};
use zkvm_sdk::{Engine, Input, Outcome, Program, Rom, RunOptions, log_buffers, replay_chunk, replay_tiles, run_traced};

use crate::clock::{Spender, timed};
use crate::measure::{peak_memory, reset_peak_memory};
use crate::report::geometric_mean;

/// Chunks that are replayed for the rates, evenly spread over the run.
const SAMPLE: usize = 48;

/// Of the sample one in so many is replayed by the reference semantics, which take long.
const REFERENCE_EVERY: usize = 8;

/// Threads that replay, where the run is replayed beside it or alone.
const WORKERS: usize = 2;

/// Chunks on their way from the run to the workers.
const BUFFERS: usize = 8;

/// Rates in steps per second of one core; seconds of wall time.
#[derive(Serialize)]
pub struct Figures {
    pub guest: String,
    pub steps: u64,
    /// The reference semantics, records dropped.
    pub reference: f64,
    /// Native code into tiles, each of which is read once while it is hot.
    pub tiles: f64,
    /// Native code into tiles, which are appended to the rows of their chunk in memory.
    pub memory: f64,
    /// Bytes of rows per step.
    pub bytes_per_step: f64,
    /// The traced run, its chunks dropped.
    pub run_seconds: f64,
    /// Replay of all its chunks into tiles, by two threads.
    pub replay_seconds: f64,
    /// Both at once, the chunks handed from one to the other.
    pub streamed_seconds: f64,
    /// `streamed_seconds` by the slower of the two.
    pub ratio_streamed: f64,
}

/// A guest that can be run and replayed any number of times.
struct Prepared {
    program: Program,
    input: Input,
    traced: Rom,
    replay: Rom,
    buffers: BufferPool,
}

impl Prepared {
    fn new(elf: &[u8], input: Vec<u8>) -> Result<Self> {
        let program = Program::from_elf(elf)?;
        let translate = |mode| Rom::translate(&program, &TranslateOptions { mode, ..TranslateOptions::default() });
        let (traced, replay) = (translate(Mode::Traced), translate(Mode::Replay));
        Ok(Self { input: Input::new(input)?, traced, replay, buffers: log_buffers(BUFFERS, CHUNK_STEPS), program })
    }

    fn run(&self, mut on_chunk: impl FnMut(Chunk)) -> Result<()> {
        let mut console = |_, _: &[u8]| ();
        let mut options = RunOptions::new(&mut console);
        options.log_buffers = Some(self.buffers.clone());
        let mut on_chunk = |chunk| {
            on_chunk(chunk);
            ControlFlow::Continue(())
        };
        let run = run_traced(&self.program, Engine::Native(&self.traced), &self.input, &mut options, &mut on_chunk)?;
        ensure!(run.outcome == Outcome::Halted { exit_code: 0 }, "the guest failed: {:?}", run.outcome);
        Ok(())
    }

    /// Replays what it receives, until there is no more.
    fn work(&self, chunks: &Mutex<Receiver<Chunk>>) -> Result<()> {
        let mut replayer = Replayer::new(&self.program, &self.replay)?;
        loop {
            let received = chunks.lock().map(|chunks| chunks.recv());
            let Ok(Ok(chunk)) = received else { return Ok(()) };
            replay_tiles(&self.program, &mut replayer, (&chunk).into(), &mut |tile| _ = black_box(sum(tile)))?;
        }
    }

    /// Wall time of `feed`, which hands chunks over, and of the workers that replay them.
    fn with_workers(&self, feed: impl FnOnce(&mut dyn FnMut(Chunk)) -> Result<()>) -> Result<f64> {
        let started = Instant::now();
        let (sender, receiver) = sync_channel(BUFFERS);
        let receiver = Mutex::new(receiver);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(|| self.work(&receiver))).collect();
            feed(&mut |chunk| sender.send(chunk).expect("workers end only after this"))?;
            drop(sender);
            workers.into_iter().try_for_each(|worker| worker.join().expect("workers do not panic"))
        })?;
        Ok(started.elapsed().as_secs_f64())
    }
}

/// Reads every cell.
fn sum(tile: Tile<'_>) -> u64 {
    tile.cells().iter().fold(0, |sum, &cell| sum.wrapping_add(cell))
}

fn copy(chunk: &Chunk) -> Chunk {
    let log = MemoryReadLog::from_bytes(chunk.log.bytes().to_vec());
    Chunk { index: chunk.index, start: chunk.start.clone(), steps: chunk.steps, log }
}

/// Best of `rounds`.
pub fn measure(guest: &str, elf: &[u8], input: Vec<u8>, rounds: u32) -> Result<Figures> {
    let prepared = Prepared::new(elf, input)?;
    let program = &prepared.program;
    let mut chunks = Vec::new();
    prepared.run(|chunk| chunks.push(copy(&chunk)))?;
    let sample: Vec<&Chunk> = chunks.iter().step_by((chunks.len() / SAMPLE).max(1)).collect();
    let steps_of = |chunks: &[&Chunk]| chunks.iter().map(|chunk| chunk.steps).sum::<u64>() as f64;
    let reference_sample: Vec<&Chunk> = sample.iter().copied().step_by(REFERENCE_EVERY).collect();

    let mut replayer = Replayer::new(program, &prepared.replay)?;
    let mut rows: Vec<Vec<u64>> = Class::ALL.iter().map(|_| Vec::new()).collect();
    let [mut reference, mut tiles, mut memory] = [Duration::MAX; 3];
    let [mut run, mut replay, mut streamed] = [f64::INFINITY; 3];
    let mut bytes = 0;
    for _ in 0..rounds {
        let time = processor_time(|| {
            reference_sample
                .iter()
                .try_for_each(|&chunk| replay_chunk(program, chunk.into(), |_, record| _ = black_box(record)).map(drop))
        })?;
        reference = reference.min(time);
        let time = processor_time(|| {
            sample.iter().try_for_each(|&chunk| {
                replay_tiles(program, &mut replayer, chunk.into(), &mut |tile| _ = black_box(sum(tile))).map(drop)
            })
        })?;
        tiles = tiles.min(time);
        bytes = 0;
        let time = processor_time(|| {
            sample.iter().try_for_each(|&chunk| {
                rows.iter_mut().for_each(Vec::clear);
                replay_tiles(program, &mut replayer, chunk.into(), &mut |tile| {
                    rows[tile.class() as usize].extend_from_slice(tile.cells());
                })?;
                bytes += rows.iter().map(|rows| 8 * rows.len()).sum::<usize>();
                black_box(&mut rows);
                anyhow::Ok(())
            })
        })?;
        memory = memory.min(time);
        let started = Instant::now();
        prepared.run(drop)?;
        run = run.min(started.elapsed().as_secs_f64());
        let copies = chunks.iter().map(copy).collect::<Vec<_>>();
        replay = replay.min(prepared.with_workers(|send| {
            copies.into_iter().for_each(send);
            Ok(())
        })?);
        streamed = streamed.min(prepared.with_workers(|send| prepared.run(send))?);
    }
    let rate = |sample: &[&Chunk], time: Duration| steps_of(sample) / time.as_secs_f64();
    Ok(Figures {
        guest: guest.to_owned(),
        steps: chunks.iter().map(|chunk| chunk.steps).sum(),
        reference: rate(&reference_sample, reference),
        tiles: rate(&sample, tiles),
        memory: rate(&sample, memory),
        bytes_per_step: bytes as f64 / steps_of(&sample),
        run_seconds: run,
        replay_seconds: replay,
        streamed_seconds: streamed,
        ratio_streamed: streamed / run.max(replay),
    })
}

/// One length of a run.
#[derive(Serialize)]
pub struct Length {
    pub guest: String,
    pub steps: u64,
    /// Wall time of the traced run alone.
    pub run_seconds: f64,
    /// Wall time with two threads that replay its chunks into tiles.
    pub streamed_seconds: f64,
    /// Most memory resident in the process meanwhile.
    pub peak_memory_bytes: u64,
}

/// Guests whose steps are proportional to the last number of their input, the numbers before it, and about how many steps each unit
/// takes.
const GROWING: [(&str, &[u64], u64); 2] = [("loop", &[42], 10), ("keccak", &[42, 10], 140_000)];

/// Runs of 10^6 to 10^`up_to` steps.
pub fn growth(up_to: u32) -> Result<Vec<Length>> {
    let mut all = Vec::new();
    for (name, first_numbers, steps_per_unit) in GROWING {
        for guest in select(&[name.to_owned()])? {
            let elf = guest_elf(&guest)?;
            for exponent in 6..=up_to {
                let last = 10u64.pow(exponent).div_ceil(steps_per_unit);
                let numbers = first_numbers.iter().chain([&last]);
                let input = numbers.flat_map(|number| number.to_le_bytes()).collect();
                all.push(length(name, &Prepared::new(&elf, input)?)?);
            }
        }
    }
    Ok(all)
}

fn length(guest: &str, prepared: &Prepared) -> Result<Length> {
    let started = Instant::now();
    prepared.run(drop)?;
    let run_seconds = started.elapsed().as_secs_f64();
    reset_peak_memory()?;
    let mut steps = 0;
    let streamed_seconds = prepared.with_workers(|send| {
        prepared.run(|chunk| {
            steps += chunk.steps;
            send(chunk);
        })
    })?;
    Ok(Length { guest: guest.to_owned(), steps, run_seconds, streamed_seconds, peak_memory_bytes: peak_memory()? })
}

/// The table of lengths.
pub fn print_growth(all: &[Length], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{:10} {:>9} {:>9} {:>13} {:>9} {:>9}",
        "guest", "Msteps", "run s", "with replay s", "Msteps/s", "peak MiB"
    )?;
    for length in all {
        writeln!(
            out,
            "{:10} {:9.1} {:9.3} {:13.3} {:9.0} {:9}",
            length.guest,
            length.steps as f64 / 1e6,
            length.run_seconds,
            length.streamed_seconds,
            length.steps as f64 / length.streamed_seconds / 1e6,
            length.peak_memory_bytes >> 20
        )?;
    }
    Ok(())
}

fn processor_time<E: Into<anyhow::Error>>(action: impl FnOnce() -> Result<(), E>) -> Result<Duration> {
    let (time, result) = timed(Spender::Process, action)?;
    result.map_err(Into::into)?;
    Ok(time)
}

/// The table, with the geometric means.
pub fn print(all: &[Figures], out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "{:10} {:>7} {:>13} {:>9} {:>10} {:>6} ",
        "guest", "Msteps", "reference M/s", "tiles M/s", "memory M/s", "B/step"
    )?;
    writeln!(out, "{:>7} {:>9} {:>7} {:>8}", "run ms", "replay ms", "both ms", "÷ slower")?;
    for figures in all {
        write!(
            out,
            "{:10} {:7.1} {:13.0} {:9.0} {:10.0} {:6.1} ",
            figures.guest,
            figures.steps as f64 / 1e6,
            figures.reference / 1e6,
            figures.tiles / 1e6,
            figures.memory / 1e6,
            figures.bytes_per_step,
        )?;
        writeln!(
            out,
            "{:7.0} {:9.0} {:7.0} {:8.2}",
            1e3 * figures.run_seconds,
            1e3 * figures.replay_seconds,
            1e3 * figures.streamed_seconds,
            figures.ratio_streamed
        )?;
    }
    let mean = |figure: fn(&Figures) -> f64| geometric_mean(all.iter().map(figure));
    writeln!(
        out,
        "{:18} {:13.0} {:9.0} {:10.0} {:40.2}",
        "geometric mean",
        mean(|figures| figures.reference) / 1e6,
        mean(|figures| figures.tiles) / 1e6,
        mean(|figures| figures.memory) / 1e6,
        mean(|figures| figures.ratio_streamed)
    )
}
