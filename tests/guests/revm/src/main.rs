//! Ethereum transactions on revm: a Solidity token is deployed, then transferred by call, by allowance and by signature
//! (the `ecrecover` precompile), and asked for chains of Keccak digests that write storage.
use guest_common::{Checksum, Xorshift, parameters};
use k256::ecdsa::SigningKey;
use revm::context::TxEnv;
use revm::context::result::{ExecutionResult, Output};
use revm::database::{CacheDB, EmptyDB};
use revm::handler::{MainnetContext, MainnetEvm};
use revm::primitives::{Address, B256, Bytes, TxKind, U256, hex, keccak256};
use revm::{Context, ExecuteCommitEvm, MainBuilder, MainContext};

/// Creation code of `contract/token.sol`; its constructor's argument is appended.
const TOKEN: &str = include_str!("../contract/token.hex");
const SUPPLY: u64 = 1 << 60;
const GAS_LIMIT: u64 = 16_000_000;

struct Chain {
    evm: MainnetEvm<MainnetContext<CacheDB<EmptyDB>>>,
    token: Address,
    checksum: Checksum,
    gas_used: u64,
}

impl Chain {
    /// A chain on which `owner` has deployed the token and holds all of it.
    fn deploy(owner: Address) -> Self {
        let evm = Context::mainnet()
            .with_db(CacheDB::new(EmptyDB::new()))
            .modify_cfg_chained(|cfg| cfg.disable_nonce_check = true)
            .build_mainnet();
        let mut chain = Self { evm, token: Address::ZERO, checksum: Checksum::default(), gas_used: 0 };
        let mut code = hex::decode(TOKEN.trim_end()).expect("the compiler wrote hexadecimal digits");
        code.extend(U256::from(SUPPLY).to_be_bytes::<32>());
        let Output::Create(_, Some(token)) = chain.transact(owner, TxKind::Create, code) else {
            panic!("no contract was created");
        };
        chain.token = token;
        chain
    }

    fn transact(&mut self, caller: Address, kind: TxKind, data: Vec<u8>) -> Output {
        let transaction =
            TxEnv::builder().caller(caller).kind(kind).data(data.into()).gas_limit(GAS_LIMIT).build_fill();
        let result = self.evm.transact_commit(transaction).expect("a well-formed transaction");
        self.gas_used += result.tx_gas_used();
        let ExecutionResult::Success { output, logs, .. } = result else { panic!("transaction failed: {result:?}") };
        logs.iter().for_each(|log| self.checksum.bytes(&log.data.data));
        output
    }

    fn call(&mut self, caller: Address, signature: &str, arguments: &[U256]) -> Bytes {
        let mut data = keccak256(signature)[..4].to_vec();
        data.extend(arguments.iter().flat_map(U256::to_be_bytes::<32>));
        let data = self.transact(caller, TxKind::Call(self.token), data).into_data();
        self.checksum.bytes(&data);
        data
    }
}

fn word(address: Address) -> U256 {
    address.into_word().into()
}

/// `v`, `r` and `s` of `key`'s signature of `digest`.
fn sign(key: &SigningKey, digest: B256) -> [U256; 3] {
    let (signature, recovery_id) = key.sign_prehash_recoverable(digest.as_slice()).expect("a digest of 32 bytes");
    let scalar = |bytes: &[u8]| U256::from_be_slice(bytes);
    [U256::from(27 + recovery_id.to_byte()), scalar(&signature.r().to_bytes()), scalar(&signature.s().to_bytes())]
}

fn main() {
    let ([seed, transfers, signed_transfers, digests], _) = parameters();
    let mut generator = Xorshift::new(seed);
    let mut random_address =
        || Address::from_slice(&keccak256(generator.next().unwrap_or_default().to_le_bytes())[12..]);
    let key = SigningKey::from_slice(keccak256(seed.to_le_bytes()).as_slice()).expect("a digest is a valid key");
    let owner = Address::from_public_key(key.verifying_key());
    let spender = random_address();
    let mut chain = Chain::deploy(owner);

    chain.call(owner, "approve(address,uint256)", &[word(spender), U256::from(SUPPLY)]);
    for value in 0..transfers {
        let (first, second) = (random_address(), random_address());
        chain.call(owner, "transfer(address,uint256)", &[word(first), U256::from(value)]);
        chain.call(first, "transfer(address,uint256)", &[word(second), U256::from(value / 2)]);
        chain.call(spender, "transferFrom(address,address,uint256)", &[word(owner), word(second), U256::from(value)]);
    }
    for value in 0..signed_transfers {
        let (to, nonce) = (word(random_address()), U256::ZERO);
        let message = [to, U256::from(value), nonce].map(|word| word.to_be_bytes::<32>()).concat();
        let [v, r, s] = sign(&key, keccak256(message));
        let arguments = [to, U256::from(value), v, r, s];
        let from = chain.call(spender, "transferSigned(address,uint256,uint8,bytes32,bytes32)", &arguments);
        assert_eq!(U256::from_be_slice(&from), word(owner), "recovered another signer");
    }
    chain.call(owner, "digestChain(bytes32,uint256)", &[U256::from(seed), U256::from(digests)]);
    let balance = chain.call(owner, "balanceOf(address)", &[word(owner)]);

    zkvm_guest_std::write_output(&balance);
    zkvm_guest_std::write_output(&chain.gas_used.to_le_bytes());
    zkvm_guest_std::write_output(&chain.checksum.to_bytes());
}
