//! PolkaVM's recompiler, in its default sandbox: a process of its own.
use anyhow::{Context, Result, anyhow, bail, ensure};
use polkavm::{
    BackendKind, Config, CorePinning, CostModel, CostModelKind, Engine, Gas, GasMeteringKind, InterruptKind, Module,
    ModuleConfig, ProgramCounter, RawInstance, Reg,
};
use polkavm_linker::{TargetInstructionSet, program_from_elf};

use super::{Executor, Ran, Ready};
use crate::clock;

/// PolkaVM's default are 8 KiB.
const STACK_BYTES: u32 = 8 << 20;

/// More than any guest uses.
const GAS: Gas = Gas::MAX;

struct PolkaVm {
    module: Module,
    entry: ProgramCounter,
    metering: Option<GasMeteringKind>,
    /// By the number in `ecalli`.
    host_functions: Vec<HostFunction>,
    input: Vec<u8>,
}

/// What `guests/on-polkavm` imports.
#[derive(Clone, Copy)]
enum HostFunction {
    InputBytes,
    ReadInput,
    WriteOutput,
    Exit,
}

impl HostFunction {
    fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"peer_input_bytes" => Some(Self::InputBytes),
            b"peer_read_input" => Some(Self::ReadInput),
            b"peer_write_output" => Some(Self::WriteOutput),
            b"peer_exit" => Some(Self::Exit),
            _ => None,
        }
    }
}

/// Without gas, or with gas metered so that an instruction costs one. The ELF is linked before the clock starts: what
/// PolkaVM is given is a program in its own format.
pub fn prepare(elf: &[u8], input: &[u8], metering: Option<GasMeteringKind>) -> Result<Ready> {
    let mut linking = polkavm_linker::Config::default();
    linking.set_strip(true).set_min_stack_size(STACK_BYTES);
    let program = program_from_elf(linking, TargetInstructionSet::Latest, elf)
        .map_err(|error| anyhow!("PolkaVM's linker refuses the ELF: {error}"))?;

    let mut config = Config::new();
    config.set_backend(Some(BackendKind::Compiler)).set_core_pinning(CorePinning::Disabled);
    let engine = Engine::new(&config).map_err(|error| anyhow!("PolkaVM's recompiler does not start: {error}"))?;
    let mut of_module = ModuleConfig::new();
    of_module.set_gas_metering(metering).set_cost_model(Some(CostModelKind::Simple(CostModel::naive_ref())));
    let before = clock::of_this_process()?;
    let module = Module::new(&engine, &of_module, program.into())
        .map_err(|error| anyhow!("PolkaVM refuses the program: {error}"))?;
    let translation = Some(clock::of_this_process()? - before);

    let entry = module.exports().find(|export| export.symbol() == "peer_run").context("no entry")?.program_counter();
    let host_functions = module.imports().into_iter().map(|symbol| HostFunction::named(symbol?.as_bytes()));
    let host_functions = host_functions.collect::<Option<_>>().context("the program imports an unknown function")?;
    Ok(Ready {
        executor: Box::new(PolkaVm { module, entry, metering, host_functions, input: input.to_vec() }),
        translation,
    })
}

impl Executor for PolkaVm {
    /// The time is that of the sandbox's process. This one waits for it by spinning, which is not counted.
    fn run(&mut self) -> Result<Ran> {
        let mut instance = self.module.instantiate().map_err(|error| anyhow!("no instance: {error}"))?;
        let sandbox = instance.pid().context("the guest does not run in a process of its own")?;
        instance.prepare_call_untyped(self.entry, &[]);
        instance.set_gas(GAS);
        let before = clock::of_process(sandbox)?;
        let public_output = self.execute(&mut instance)?;
        let time = clock::of_process(sandbox)? - before;
        let instructions = self.metering.map(|_| (GAS - instance.gas()) as u64);
        Ok(Ran { time, instructions, public_output })
    }
}

impl PolkaVm {
    fn execute(&self, instance: &mut RawInstance) -> Result<Vec<u8>> {
        let mut public_output = Vec::new();
        let exit_code = loop {
            let number = match instance.run()? {
                InterruptKind::Finished => break instance.reg(Reg::A0),
                InterruptKind::Ecalli(number) => number as usize,
                other => bail!("the guest failed: {other:?}"),
            };
            let [a0, a1] = [Reg::A0, Reg::A1].map(|register| instance.reg(register));
            match self.host_functions.get(number).context("the guest calls an unknown function")? {
                HostFunction::InputBytes => instance.set_reg(Reg::A0, self.input.len() as u64),
                HostFunction::ReadInput => instance.write_memory(u32::try_from(a0)?, &self.input)?,
                HostFunction::WriteOutput => {
                    public_output.extend(instance.read_memory(u32::try_from(a0)?, u32::try_from(a1)?)?);
                }
                HostFunction::Exit => break a0,
            }
        };
        ensure!(exit_code == 0, "the guest failed with exit code {exit_code}");
        Ok(public_output)
    }
}
