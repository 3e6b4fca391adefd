//! ECDSA over secp256k1: signatures made, verified, and their signers recovered.
use guest_common::{Checksum, Xorshift, parameters};
use k256::ecdsa::signature::hazmat::PrehashVerifier;
use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

fn main() {
    let ([seed, signatures], _) = parameters();
    let mut checksum = Checksum::default();
    for word in Xorshift::new(seed).take(signatures as usize) {
        let secret = Sha256::digest(word.to_le_bytes());
        let key = SigningKey::from_bytes(&secret).expect("a digest is a valid key but for one in 2^128");
        let digest = Sha256::digest(secret);
        let (signature, recovery_id): (Signature, RecoveryId) =
            key.sign_prehash_recoverable(&digest).expect("the digest is as long as a field element");

        let signer = VerifyingKey::recover_from_prehash(&digest, &signature, recovery_id).expect("a valid signature");
        assert_eq!(&signer, key.verifying_key(), "recovered another signer");
        signer.verify_prehash(&digest, &signature).expect("a valid signature");
        let other = Sha256::digest(digest);
        signer.verify_prehash(&other, &signature).expect_err("the signature of another message");
        checksum.bytes(&signature.to_bytes());
    }
    zkvm_guest_std::write_output(&checksum.to_bytes());
}
