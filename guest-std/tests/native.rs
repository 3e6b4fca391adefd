//! The native side, from files as documented. One test: input, position and output belong to the process.

use std::{env, fs, process};

use zkvm_guest_std::{commit, read, read_input, scope, try_read, write_output};

#[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq)]
struct Order {
    id: u32,
    name: String,
}

#[test]
fn values_are_read_one_after_the_other_and_output_is_appended() {
    let folder = env::temp_dir().join(format!("zkvm-guest-std-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (input, output) = (folder.join("input"), folder.join("output"));
    // postcard: integers as LEB128, strings with their length. The last byte begins a number that does not end.
    fs::write(&input, b"\xac\x02\x02tv\x02hi\x80").unwrap();
    // SAFETY: nothing else runs yet.
    unsafe {
        env::set_var("ZKVM_INPUT", &input);
        env::set_var("ZKVM_OUTPUT", &output);
    }

    let order: Order = scope("order", read);
    assert_eq!(order, Order { id: 300, name: "tv".to_owned() });
    let text = read::<&str>();
    assert!(read_input().as_ptr_range().contains(&text.as_ptr()), "borrowed, not copied");
    for _ in 0..2 {
        assert_eq!(try_read::<u64>().unwrap_err().offset, 8);
    }
    commit(&order);
    write_output(b"raw");
    commit("x");

    assert_eq!(fs::read(&output).unwrap(), b"\xac\x02\x02tvraw\x01x");
    fs::remove_dir_all(&folder).unwrap();
}
