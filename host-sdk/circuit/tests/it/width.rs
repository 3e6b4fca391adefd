//! The machine with short limbs: what the constants of the constraints become, the facts of `lookup`, and what operations mean.
//!
//! With limbs of w bits instead of 16 a byte has w / 2 bits, a half of a word 2 w and a word 4 w; a word is still eight
//! bytes. A constant that is a power of two, or a sum or difference of a few, is rewritten power by power.

use p3_field::{Field, PrimeCharacteristicRing, PrimeField64};
use zkvm_circuit::bus::fact;
use zkvm_circuit::{F, Op};

use crate::polynomial::Ring;

/// A length of limbs and the field that goes with it.
#[derive(Clone, Copy)]
pub struct Width {
    /// Bits of a limb.
    pub limb: u32,
    /// The field.
    pub ring: Ring,
}

/// What y and z of a fact are, by x.
pub type Rest = fn(&Width, u64) -> [u64; 2];

/// What the machine has: 16 bits.
pub const FULL: Width = Width { limb: 16, ring: Ring::FULL };

/// Limbs of 2 bits, words of 8. The field stands to them as Goldilocks to words of 64: 241 = 2^8 − 2^4 + 1.
pub const TWO: Width = Width { limb: 2, ring: Ring { modulus: 241, constant: scaled::<2, 241> } };

/// Limbs of 4 bits, words of 16: the shortest in which a limb has the bits of a shift's amount, and of an address mod 8. The field is the
/// next prime above 2^16 − 2^8 + 1, which is none.
pub const FOUR: Width = Width { limb: 4, ring: Ring { modulus: 65287, constant: scaled::<4, 65287> } };

/// Numbers up to this one, flags and numbers of operations among them, do not count bits of words.
const PLAIN: u64 = 128;

fn scaled<const LIMB: u32, const MODULUS: u64>(constant: F) -> u64 {
    let ring = Ring { modulus: MODULUS, constant: |_| 0 };
    let signed = |constant: F| {
        let short = |constant: F| scaled_integer(constant.as_canonical_u64(), LIMB);
        let negative = constant.as_canonical_u64() > F::ORDER_U64 / 2;
        let short = if negative { -short(-constant)? } else { short(constant)? };
        Some(short.rem_euclid(i128::from(MODULUS)) as u64)
    };
    // Some constants are quotients.
    let quotient = |divisor: u64| {
        let divisor = F::from_u64(divisor);
        Some(ring.multiply(signed(constant * divisor)?, ring.inverse(signed(divisor)?)))
    };
    let short = signed(constant).or_else(|| quotient(8)).or_else(|| quotient(u64::from(u32::MAX)));
    short.unwrap_or_else(|| panic!("{constant} is no constant of limbs"))
}

/// An integer that is small, or has few digits as a sum and difference of powers of two: those of 2^8 become powers of a
/// short byte, half and quarter of one included.
fn scaled_integer(integer: u64, limb: u32) -> Option<i128> {
    if integer <= PLAIN {
        return Some(integer.into());
    }
    let byte = limb / 2;
    let (mut rest, mut exponent, mut digits, mut sum) = (i128::from(integer), 0u32, 0, 0i128);
    while rest != 0 {
        if rest & 1 == 1 {
            let digit = if rest & 3 == 1 { 1 } else { -1 };
            rest -= digit;
            digits += 1;
            let short = match (exponent / 8, exponent % 8) {
                (bytes, more @ 0..=1) => byte * bytes + more,
                (bytes, more @ 6..=7) => (byte * (bytes + 1)).checked_sub(8 - more)?,
                _ => return None,
            };
            sum += digit << short;
        }
        rest >>= 1;
        exponent += 1;
    }
    (digits <= 3).then_some(sum)
}

impl Width {
    /// Bits of a half.
    pub fn half(&self) -> u32 {
        2 * self.limb
    }

    /// All ones.
    pub fn mask(&self) -> u64 {
        u64::MAX >> (64 - 4 * self.limb)
    }

    /// Low and high half of `word`.
    pub fn halves(&self, word: u64) -> [u64; 2] {
        let mask = (1 << self.half()) - 1;
        [word & mask, word >> self.half() & mask]
    }

    /// The word of two halves, if they are.
    pub fn word(&self, [low, high]: [u64; 2]) -> Option<u64> {
        (low >> self.half() == 0 && high >> self.half() == 0).then_some(low | high << self.half())
    }

    /// Greatest x of a fact, and what y and z are then. `BYTES` and `AND` have a y of their own.
    pub fn fact(&self, kind: u64) -> (u64, Rest) {
        let limb = (1 << self.limb) - 1;
        match kind {
            fact::LIMB => (limb, |_, _| [0, 0]),
            fact::SIGN => (limb, |width, x| [x >> (width.limb - 1), 0]),
            fact::LOW3 => (limb, |_, x| [x & 7, 0]),
            fact::SHIFT => (limb, |width, x| [x / u64::from(width.limb) % 4, 1 << (x % u64::from(width.limb))]),
            _ => panic!("there is no fact {kind} of one number"),
        }
    }

    /// Greatest byte.
    pub fn byte(&self) -> u64 {
        (1 << (self.limb / 2)) - 1
    }

    /// `bits` bits of `word`, sign-extended.
    pub fn extend(&self, word: u64, bits: u32) -> u64 {
        ((word << (64 - bits)) as i64 >> (64 - bits)) as u64 & self.mask()
    }

    fn signed(&self, word: u64, bits: u32) -> i128 {
        i128::from((word << (64 - bits)) as i64 >> (64 - bits))
    }

    /// `op(a, b)`: the RISC-V manual, chapters 2, 4 and 13, for words of this length; "word" is their lower half there.
    pub fn meaning(&self, op: Op, a: u64, b: u64) -> u64 {
        let (half, bits) = (self.half(), 4 * self.limb);
        let [low_a, low_b] = [a, b].map(|word| word & ((1 << half) - 1));
        let (amount, low_amount) = (b % u64::from(bits), b % u64::from(half));
        let [signed_a, signed_b] = [a, b].map(|word| self.signed(word, bits));
        let [narrow_a, narrow_b] = [a, b].map(|word| self.signed(word, half));
        let extend = |low: u64| self.extend(low, half);
        let high = |product: i128| (product >> bits) as u64;
        let result = match op {
            Op::And => a & b,
            Op::Or => a | b,
            Op::Xor => a ^ b,
            Op::Sll => a << amount,
            Op::Srl => a >> amount,
            Op::Sra => (signed_a >> amount) as u64,
            Op::Sllw => extend(low_a << low_amount),
            Op::Srlw => extend(low_a >> low_amount),
            Op::Sraw => (narrow_a >> low_amount) as u64,
            Op::Lt => u64::from(signed_a < signed_b),
            Op::Ltu => u64::from(a < b),
            Op::Eq => u64::from(a == b),
            Op::Ne => u64::from(a != b),
            Op::Ge => u64::from(signed_a >= signed_b),
            Op::Geu => u64::from(a >= b),
            Op::Mul => a.wrapping_mul(b),
            Op::Mulh => high(signed_a * signed_b),
            Op::Mulhsu => high(signed_a * i128::from(b)),
            Op::Mulhu => ((u128::from(a) * u128::from(b)) >> bits) as u64,
            Op::Mulw => extend(low_a.wrapping_mul(low_b)),
            Op::Div => divided(signed_a, signed_b),
            Op::Divu => divided(a.into(), b.into()),
            Op::Rem => left_over(signed_a, signed_b),
            Op::Remu => left_over(a.into(), b.into()),
            Op::Divw => extend(divided(narrow_a, narrow_b)),
            Op::Divuw => extend(divided(low_a.into(), low_b.into())),
            Op::Remw => extend(left_over(narrow_a, narrow_b)),
            Op::Remuw => extend(left_over(low_a.into(), low_b.into())),
        };
        result & self.mask()
    }

    /// What a load or store of less than a word makes of a word in memory (store: `old`) or a register.
    pub fn narrow(&self, code: u64, offset: u64, source: u64, old: u64) -> u64 {
        let byte = self.limb / 2;
        let (bits, at) = (byte << (code & 3), byte * offset as u32);
        let mask = (1 << bits) - 1;
        if code & 8 != 0 {
            return old & !(mask << at) | (source & mask) << at;
        }
        let read = source >> at & mask;
        if code & 4 != 0 { read } else { self.extend(read, bits) }
    }
}

fn divided(a: i128, b: i128) -> u64 {
    if b == 0 { u64::MAX } else { (a / b) as u64 }
}

fn left_over(a: i128, b: i128) -> u64 {
    (if b == 0 { a } else { a % b }) as u64
}

#[test]
fn constants_become_those_of_short_limbs() {
    let check = |constant: u64, two: u64, four: u64| {
        let constant = F::from_u64(constant);
        assert_eq!(((TWO.ring.constant)(constant), (FOUR.ring.constant)(constant)), (two, four), "{constant}");
        let minus = [TWO.ring.negate(two), FOUR.ring.negate(four)];
        assert_eq!([(TWO.ring.constant)(-constant), (FOUR.ring.constant)(-constant)], minus, "−{constant}");
    };
    check(7, 7, 7);
    check(128, 128, 128);
    check(255, 1, 3);
    check(256, 2, 4);
    check(0xffff, 3, 15);
    check(0x1_0000, 4, 16);
    check(0x8000_0000, 8, 128);
    check(0xffff_ffff, 15, 255);
    check(0x1_0000_0000, 16, 256);
    check(0x1_0000_0000 - 0x1_0000, 12, 240);
    check(2 * 0xffff_ffff, 30, 510);
    assert_eq!((FOUR.ring.constant)(F::from_u64(1 << 30)), 64);
    assert_eq!((FOUR.ring.constant)(F::from_u64(8).inverse()), FOUR.ring.inverse(8));
    let quotient = F::from_u64(0xffff_ff00) * F::from_u64(0xffff_ffff).inverse();
    assert_eq!((TWO.ring.constant)(quotient), TWO.ring.multiply(14, TWO.ring.inverse(15)));
}

#[test]
fn at_full_length_operations_mean_what_they_do() {
    let cases = [
        (Op::Sraw, 0x8000_0000, 33, 0xffff_ffff_c000_0000),
        (Op::Srlw, 0xffff_ffff_8000_0000, 0, 0xffff_ffff_8000_0000),
        (Op::Sll, 3, 127, 1 << 63),
        (Op::Mulh, u64::MAX, u64::MAX, 0),
        (Op::Mulhsu, u64::MAX, u64::MAX, u64::MAX),
        (Op::Mulhu, u64::MAX, u64::MAX, u64::MAX - 1),
        (Op::Div, 1 << 63, u64::MAX, 1 << 63),
        (Op::Rem, 1 << 63, u64::MAX, 0),
        (Op::Divuw, 0xffff_ffff_8000_0000, 1, 0xffff_ffff_8000_0000),
        (Op::Remw, 0x8000_0001, 1 << 33, 0xffff_ffff_8000_0001),
        (Op::Div, 5, 0, u64::MAX),
    ];
    // Results as the manual has them.
    for (op, a, b, c) in cases {
        assert_eq!(FULL.meaning(op, a, b), c, "{op:?}");
    }
    assert_eq!(FULL.narrow(1, 4, 0x1234_8765_0000, 0), 0x1234);
    assert_eq!(FULL.narrow(5, 2, 0x1234_8765_0000, 0), 0x8765);
    assert_eq!(FULL.narrow(0, 4, 0x1234_8765_0000, 0), 0x34);
    assert_eq!(FULL.narrow(1, 2, 0x8765_0000, 0), 0xffff_ffff_ffff_8765);
    assert_eq!(FULL.narrow(9, 6, 0xabcd_1234, 0x1111_2222_3333_4444), 0x1234_2222_3333_4444);
}
