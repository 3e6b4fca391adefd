//! `ecall` executes the two system calls a proof knows. a7 says which: the row's `write` or `exit` fixes the value that is
//! read there, so any other number cannot be proved.
//!
//! | | a7 | a0 after | next pc |
//! |---|---|---|---|
//! | `write` | 64 | a2 | pc + 4 |
//! | `exit` | 93 | a0 | halted |
//!
//! As in the machine, `write` never fails: nothing depends on the file or the buffer it names. The exit code stays in a0,
//! where the verifier finds it.

use p3_air::{AirBuilder, WindowAccess};
use p3_field::PrimeCharacteristicRing;
use zkvm_abi::system_call;
use zkvm_machine::Reg;

use super::columns::EcallColumns;
use crate::bus::{self, CellAccess, TableBuilder, kind};
use crate::cells::{HALTED, source};
use crate::chip::Table;
use crate::field::F;

/// Slots of time a row takes.
pub const SLOTS: u64 = 3;

/// The `ecall` table.
#[derive(Clone, Debug)]
pub struct Ecall;

impl Table for Ecall {
    const NAME: &'static str = "ecall";

    fn columns(&self) -> Vec<String> {
        EcallColumns::<F>::names()
    }

    fn eval<AB: TableBuilder>(&self, builder: &mut AB) {
        let EcallColumns { write, exit, time, pc, next_pc, before, old, new } =
            EcallColumns::read(builder.main().current_slice());
        let number = AB::Expr::from_u64;
        let real = write + exit;
        builder.assert_bools([write, exit]);
        builder.assert_bool(real.clone());
        builder.when(write).assert_eq(next_pc, pc + number(4));
        builder.when(exit).assert_eq(next_pc, number(HALTED));
        for half in 0..2 {
            builder.when(exit).assert_eq(new[half], old[half]);
        }

        let call = write * number(system_call::WRITE) + exit * number(system_call::EXIT);
        let a7 = [call, AB::Expr::ZERO];
        let [old, new] = [old, new].map(|value| value.map(Into::into));
        let accesses = [
            (real.clone(), Reg::A7, a7.clone(), a7),
            (real.clone(), Reg::A0, old, new.clone()),
            (write.into(), Reg::A2, new.clone(), new),
        ];
        for (at, (real, reg, old, new)) in accesses.into_iter().enumerate() {
            let now = time + number(at as u64);
            let it = CellAccess { cell: number(source(reg)), before: before[at].into(), now, old, new };
            bus::access(builder, real, it);
        }
        bus::fetch(builder, real.clone(), kind::ECALL, [pc.into()]);
        bus::execute(builder, real, [time.into(), pc.into()], [time + number(SLOTS), next_pc.into()]);
    }
}
