//! Without the standard library: shortest paths in a random graph, on `alloc`'s collections and `core`'s formatting.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt::Write;

use guest_common::{Xorshift, parameters};

zkvm_guest_std::entry!(main);

struct Edge {
    to: usize,
    length: u64,
}

/// Dijkstra's algorithm: the length of the shortest path to each node.
fn distances(graph: &[Vec<Edge>], from: usize) -> Vec<Option<u64>> {
    let mut distances = vec![None; graph.len()];
    let mut queue = BinaryHeap::from([Reverse((0, from))]);
    while let Some(Reverse((distance, node))) = queue.pop() {
        if distances[node].is_some() {
            continue;
        }
        distances[node] = Some(distance);
        queue.extend(graph[node].iter().map(|edge| Reverse((distance + edge.length, edge.to))));
    }
    distances
}

fn main() {
    let ([seed, nodes, edges, rounds], _) = parameters();
    let mut generator = Xorshift::new(seed);
    let mut random = |below: u64| (generator.next().unwrap_or_default() >> 11) % below;
    let mut graph: Vec<Vec<Edge>> = (0..nodes).map(|_| Vec::new()).collect();
    for _ in 0..edges {
        graph[random(nodes) as usize].push(Edge { to: random(nodes) as usize, length: 1 + random(1000) });
    }
    let mut report = alloc::string::String::new();
    for _ in 0..rounds {
        let from = random(nodes) as usize;
        let (farthest, reached) =
            distances(&graph, from).into_iter().flatten().fold((0, 0), |(max, n), d| (d.max(max), n + 1));
        writeln!(report, "{from}: {reached} nodes within {farthest}").expect("strings grow");
    }
    zkvm_guest_std::write_output(report.as_bytes());
}
