//! The encoding of what guests `read` and `commit`: [postcard](https://docs.rs/postcard), value after value.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why values do not go in or out.
#[derive(Debug, thiserror::Error)]
pub enum EncodingError {
    /// A type that postcard has no encoding for, such as a sequence of unknown length.
    #[error("the value cannot be encoded")]
    Encode(#[source] postcard::Error),
    /// Not bytes that such a value is encoded as.
    #[error("these {bytes} bytes are no encoding of such a value")]
    Decode {
        /// How many bytes there were.
        bytes: usize,
        /// What postcard says.
        source: postcard::Error,
    },
    /// More was committed than this value.
    #[error("{bytes} bytes follow the value; decode a tuple if the guest commits several")]
    Left {
        /// How many bytes are left.
        bytes: usize,
    },
}

/// The bytes from which a guest `read`s `value`. For several reads, append several encodings, or encode a tuple.
///
/// ```
/// assert_eq!(zkvm_sdk::encode(&(300_u32, "ab"))?, [0xac, 0x02, 2, b'a', b'b']);
/// # Ok::<(), zkvm_sdk::EncodingError>(())
/// ```
///
/// # Errors
/// [`EncodingError::Encode`].
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EncodingError> {
    postcard::to_allocvec(value).map_err(EncodingError::Encode)
}

/// What a guest has `commit`ted, from its public output. Several commits are decoded as a tuple.
///
/// ```
/// let (count, name): (u32, String) = zkvm_sdk::decode(&[0xac, 0x02, 2, b'a', b'b'])?;
/// assert_eq!((count, name.as_str()), (300, "ab"));
/// # Ok::<(), zkvm_sdk::EncodingError>(())
/// ```
///
/// # Errors
/// [`EncodingError`] if the bytes are not exactly the encoding of such a value.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, EncodingError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, left)) => Err(EncodingError::Left { bytes: left.len() }),
        Err(source) => Err(EncodingError::Decode { bytes: bytes.len(), source }),
    }
}
