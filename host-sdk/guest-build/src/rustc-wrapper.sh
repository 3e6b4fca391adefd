#!/bin/sh
# Cargo runs this instead of rustc. Flags that name paths are added here and not by RUSTFLAGS, because cargo hashes those
# into the names of crates, and the same guest must become the same ELF wherever its source, the cache and the compiler
# lie. Build scripts and procedural macros are for the host and go through unchanged.
rustc=$1
shift
case " $* " in
*" $ZKVM_TARGET_SPEC "* | *" --target riscv64ima-zk-zkvm-elf "* | *" --target=riscv64ima-zk-zkvm-elf "*) ;;
*) exec "$rustc" "$@" ;;
esac

# Crates of a registry or of git are already named without reference to a place. Others are named by package and version,
# of which a dependency graph has one at most.
case $CARGO_MANIFEST_DIR in
"" | "$ZKVM_CARGO_HOME"/*) ;;
*)
  for argument; do
    shift
    case $argument in
    metadata=*) argument="metadata=zkvm-$CARGO_PKG_NAME-$CARGO_PKG_VERSION" ;;
    esac
    set -- "$@" "$argument"
  done
  # Of overlapping prefixes rustc takes the last: packages of the workspace keep their place in it, see below.
  set -- "$@" --remap-path-prefix="$CARGO_MANIFEST_DIR=/dependency/$CARGO_PKG_NAME-$CARGO_PKG_VERSION"
  ;;
esac

exec "$rustc" "$@" \
  --remap-path-scope=object \
  --remap-path-prefix="$ZKVM_CARGO_HOME=/cargo" \
  --remap-path-prefix="$ZKVM_WORKSPACE=/workspace" \
  --remap-path-prefix="$ZKVM_TARGET_DIR=/target" \
  --sysroot "$ZKVM_SYSROOT" \
  -Zunstable-options --extern "force:zkvm_guest_rt=$ZKVM_RUNTIME/libzkvm_guest_rt.rlib" -L "dependency=$ZKVM_RUNTIME" \
  -C "linker=$ZKVM_LINKER" -C "link-arg=-T$ZKVM_LINKER_SCRIPT" -C link-arg=--discard-locals
