//! Asynchronous tasks on an executor without threads: a pipeline of boxed stages, joined by bounded channels.
mod executor;
mod stages;

use futures::channel::mpsc::{Receiver, channel};
use futures::{SinkExt, StreamExt};
use guest_common::{Checksum, Xorshift, parameters};

use crate::executor::Executor;
use crate::stages::{Message, Stage, random_stage};

/// Room in the channel between two stages.
const CAPACITY: usize = 4;

/// Puts `stage` behind `source`; the new end of the pipeline.
fn attach(executor: &Executor, mut source: Receiver<Message>, mut stage: Box<dyn Stage>) -> Receiver<Message> {
    let (mut sink, end) = channel(CAPACITY);
    executor.spawn(async move {
        while let Some(message) = source.next().await {
            for output in stage.process(message) {
                if sink.send(output).await.is_err() {
                    return;
                }
            }
        }
    });
    end
}

fn main() {
    let ([seed, pipelines, stages, messages], _) = parameters();
    let executor = Executor::default();
    let (results, mut collected) = channel(CAPACITY);
    for pipeline in 0..pipelines {
        let mut generator = Xorshift::new(seed ^ pipeline << 32);
        let (mut sink, mut end) = channel(CAPACITY);
        for _ in 0..stages {
            end = attach(&executor, end, random_stage(&mut generator));
        }
        executor.spawn(async move {
            for word in generator.take(messages as usize) {
                sink.send(Message::Number(word)).await.expect("the first stage reads all there is");
            }
        });
        let mut results = results.clone();
        executor.spawn(async move {
            let mut checksum = Checksum::default();
            while let Some(message) = end.next().await {
                message.digest(&mut checksum);
            }
            results.send((pipeline, checksum.to_bytes())).await.expect("the collector reads all there is");
        });
    }
    drop(results);
    executor.spawn(async move {
        let mut all = Vec::new();
        while let Some(result) = collected.next().await {
            all.push(result);
        }
        all.sort_unstable();
        zkvm_guest_std::commit(&all);
    });
    executor.run();
}
