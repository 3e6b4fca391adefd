// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

/// A fungible token with transfers by signature. Compiled into token.hex by `compile.js`.
contract Token {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => uint256) public nonces;
    uint256 public totalSupply;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    constructor(uint256 supply) {
        totalSupply = supply;
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][msg.sender] -= value;
        move(from, to, value);
        return true;
    }

    /// Moves what the signer of `keccak256(to, value, nonce)` allows.
    function transferSigned(address to, uint256 value, uint8 v, bytes32 r, bytes32 s) external returns (address from) {
        // The signer is only known once the digest is, so the nonce is that of the receiver.
        bytes32 digest = keccak256(abi.encode(to, value, nonces[to]++));
        from = ecrecover(digest, v, r, s);
        require(from != address(0), "bad signature");
        move(from, to, value);
    }

    /// A chain of digests of `length` links; `nonces` counts them by their last byte.
    function digestChain(bytes32 digest, uint256 length) external returns (bytes32) {
        for (uint256 i = 0; i < length; i++) {
            digest = keccak256(abi.encodePacked(digest, i));
            nonces[address(uint160(uint256(digest) & 0xff))]++;
        }
        return digest;
    }

    function move(address from, address to, uint256 value) private {
        uint256 balance = balanceOf[from];
        require(balance >= value, "insufficient balance");
        unchecked {
            balanceOf[from] = balance - value;
            balanceOf[to] += value;
        }
        emit Transfer(from, to, value);
    }
}
