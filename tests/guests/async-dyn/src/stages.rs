//! What messages go through: many small allocations, dynamic calls.
use guest_common::{Checksum, Xorshift};

pub enum Message {
    Number(u64),
    Text(String),
    Batch(Vec<Message>),
}

impl Message {
    pub fn digest(&self, checksum: &mut Checksum) {
        match self {
            Self::Number(number) => checksum.word(*number),
            Self::Text(text) => checksum.bytes(text.as_bytes()),
            Self::Batch(messages) => messages.iter().for_each(|message| message.digest(checksum)),
        }
    }
}

pub trait Stage {
    fn process(&mut self, message: Message) -> Vec<Message>;
}

/// Collects `size` messages into one.
struct Batch {
    size: usize,
    pending: Vec<Message>,
}

impl Stage for Batch {
    fn process(&mut self, message: Message) -> Vec<Message> {
        self.pending.push(message);
        if self.pending.len() < self.size {
            return Vec::new();
        }
        vec![Message::Batch(std::mem::take(&mut self.pending))]
    }
}

/// Takes batches apart, last first.
struct Unbatch;

impl Stage for Unbatch {
    fn process(&mut self, message: Message) -> Vec<Message> {
        match message {
            Message::Batch(messages) => messages.into_iter().rev().collect(),
            other => vec![other],
        }
    }
}

/// Applies a chain of boxed closures to every number.
struct Arithmetic {
    functions: Vec<Box<dyn Fn(u64) -> u64>>,
}

impl Stage for Arithmetic {
    fn process(&mut self, message: Message) -> Vec<Message> {
        vec![match message {
            Message::Number(number) => {
                Message::Number(self.functions.iter().fold(number, |number, function| function(number)))
            }
            Message::Batch(messages) => {
                Message::Batch(messages.into_iter().flat_map(|message| self.process(message)).collect())
            }
            text => text,
        }]
    }
}

/// Numbers to text, text to the number of its digits.
struct Format;

impl Stage for Format {
    fn process(&mut self, message: Message) -> Vec<Message> {
        vec![match message {
            Message::Number(number) => Message::Text(format!("{number:x}/{}", number % 1000)),
            Message::Text(text) => Message::Number(
                text.bytes().filter(u8::is_ascii_digit).fold(0, |sum, digit| sum * 31 + u64::from(digit)),
            ),
            Message::Batch(messages) => {
                Message::Batch(messages.into_iter().flat_map(|message| self.process(message)).collect())
            }
        }]
    }
}

pub fn random_stage(generator: &mut Xorshift) -> Box<dyn Stage> {
    let mut random = || generator.next().unwrap_or_default();
    match random() >> 16 & 3 {
        0 => Box::new(Batch { size: 2 + (random() >> 60) as usize, pending: Vec::new() }),
        1 => Box::new(Unbatch),
        2 => {
            let (factor, rotation, mask) = (random() | 1, random() as u32 & 63, random());
            let functions: Vec<Box<dyn Fn(u64) -> u64>> = vec![
                Box::new(move |number| number.wrapping_mul(factor)),
                Box::new(move |number| number.rotate_left(rotation)),
                Box::new(move |number| number ^ mask),
            ];
            Box::new(Arithmetic { functions })
        }
        _ => Box::new(Format),
    }
}
