//! A WebAssembly interpreter: a module in text form is parsed, validated, translated and run by wasmi.
//!
//! The module's floating-point function makes this the guest which leans on software floating point.
use guest_common::{Checksum, parameters};
use wasmi::{Caller, Engine, Linker, Module, Store};

fn main() -> Result<(), wasmi::Error> {
    let ([seed, elements, width], _) = parameters();
    let engine = Engine::default();
    let module = Module::new(&engine, include_str!("program.wat"))?;
    let mut store = Store::new(&engine, Checksum::default());
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("host", "emit", |mut caller: Caller<'_, Checksum>, word: i64| caller.data_mut().word(word as u64))?;
    let instance = linker.instantiate_and_start(&mut store, &module)?;

    let sort = instance.get_typed_func::<(i64, i32), i32>(&store, "sort")?;
    let inversions = sort.call(&mut store, (seed as i64, elements as i32))?;
    let mandelbrot = instance.get_typed_func::<i32, i64>(&store, "mandelbrot")?;
    let iterations = mandelbrot.call(&mut store, width as i32)?;

    zkvm_guest_std::commit(&(inversions, iterations));
    zkvm_guest_std::write_output(&store.data().to_bytes());
    Ok(())
}
