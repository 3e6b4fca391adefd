//! Roots of small polynomials over a prime field, by splitting off x and then with (x + shift)^((p − 1) / 2).

use crate::polynomial::Ring;

/// All x, without repetition, with sum of `coefficients[i]` x^i = 0. The last coefficient is not 0.
pub fn roots(ring: &Ring, mut coefficients: Vec<u64>) -> Vec<u64> {
    let mut roots = Vec::new();
    let zeros = coefficients.iter().take_while(|coefficient| **coefficient == 0).count();
    if zeros > 0 {
        roots.push(0);
        coefficients.drain(..zeros);
    }
    if coefficients.len() >= 3 {
        // gcd(f, x^p − x): each root once, nothing else.
        let mut all = power(ring, &[0, 1], ring.modulus, &coefficients);
        all.resize(all.len().max(2), 0);
        all[1] = ring.add(all[1], ring.negate(1));
        coefficients = common_divisor(ring, coefficients, all);
    }
    split(ring, coefficients, &mut roots);
    roots.sort_unstable();
    roots
}

fn split(ring: &Ring, polynomial: Vec<u64>, roots: &mut Vec<u64>) {
    match polynomial[..] {
        [] | [_] => {}
        [constant, slope] => roots.push(ring.multiply(ring.negate(constant), ring.inverse(slope))),
        _ => {
            let half = (1..).find_map(|shift| {
                let mut squares = power(ring, &[shift, 1], (ring.modulus - 1) / 2, &polynomial);
                squares.resize(squares.len().max(1), 0);
                squares[0] = ring.add(squares[0], ring.negate(1));
                let half = common_divisor(ring, polynomial.clone(), squares);
                (half.len() > 1 && half.len() < polynomial.len()).then_some(half)
            });
            let half = half.expect("some shift separates two roots");
            let other = divide(ring, polynomial, &half).0;
            split(ring, half, roots);
            split(ring, other, roots);
        }
    }
}

fn trim(polynomial: &mut Vec<u64>) {
    while polynomial.last() == Some(&0) {
        polynomial.pop();
    }
}

/// Quotient and remainder.
fn divide(ring: &Ring, mut dividend: Vec<u64>, divisor: &[u64]) -> (Vec<u64>, Vec<u64>) {
    trim(&mut dividend);
    let top = ring.inverse(divisor[divisor.len() - 1]);
    let mut quotient = vec![0; (dividend.len() + 1).saturating_sub(divisor.len())];
    while dividend.len() >= divisor.len() {
        let at = dividend.len() - divisor.len();
        let factor = ring.multiply(dividend[dividend.len() - 1], top);
        quotient[at] = factor;
        for (index, &coefficient) in divisor.iter().enumerate() {
            let less = ring.negate(ring.multiply(factor, coefficient));
            dividend[at + index] = ring.add(dividend[at + index], less);
        }
        trim(&mut dividend);
    }
    (quotient, dividend)
}

fn common_divisor(ring: &Ring, mut a: Vec<u64>, mut b: Vec<u64>) -> Vec<u64> {
    trim(&mut a);
    trim(&mut b);
    while !b.is_empty() {
        let rest = divide(ring, a, &b).1;
        (a, b) = (b, rest);
    }
    a
}

/// base^exponent modulo a polynomial.
fn power(ring: &Ring, base: &[u64], mut exponent: u64, modulo: &[u64]) -> Vec<u64> {
    let product = |a: &[u64], b: &[u64]| {
        let mut product = vec![0; a.len() + b.len()];
        for (i, &x) in a.iter().enumerate() {
            for (j, &y) in b.iter().enumerate() {
                product[i + j] = ring.add(product[i + j], ring.multiply(x, y));
            }
        }
        divide(ring, product, modulo).1
    };
    let (mut base, mut power) = (base.to_vec(), vec![1]);
    while exponent != 0 {
        if exponent & 1 == 1 {
            power = product(&power, &base);
        }
        base = product(&base, &base);
        exponent >>= 1;
    }
    power
}

#[test]
fn roots_are_found_and_nothing_else() {
    for ring in [crate::width::TWO.ring, crate::width::FOUR.ring, Ring::FULL] {
        let minus = |x| ring.negate(x);
        assert_eq!(roots(&ring, vec![minus(5), 1]), [5]);
        assert_eq!(roots(&ring, vec![0, minus(1), 1]), [0, 1]);
        // x (x − 1) (x − 2), x (x² − 1), (x − 3)², (x − 7) (x − 30) (x − 100)
        assert_eq!(roots(&ring, vec![0, 2, minus(3), 1]), [0, 1, 2]);
        assert_eq!(roots(&ring, vec![0, minus(1), 0, 1]), [0, 1, minus(1)]);
        assert_eq!(roots(&ring, vec![9, minus(6), 1]), [3]);
        let cubic = [ring.multiply(minus(1), 21000 % ring.modulus), 3910 % ring.modulus, minus(137), 1];
        assert_eq!(roots(&ring, cubic.to_vec()), [7, 30, 100]);
        // x² − 7: 7 is no square, of which `divide` makes use.
        assert_eq!(ring.power(7, (ring.modulus - 1) / 2) == minus(1), roots(&ring, vec![minus(7), 0, 1]).is_empty());
    }
    assert_eq!(roots(&crate::width::TWO.ring, vec![241 - 7, 0, 1]), []);
}
