// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Whoever is paid and has code of its own: what the contract's tests have it pay.

/// @notice A wallet that is a contract. It calls whatever it is told to, and takes coins.
contract Wallet {
    receive() external payable virtual {}

    /// @notice Makes a call in its own name, and passes on why it was refused.
    function run(address to, uint256 value, bytes calldata data) external payable {
        (bool done, bytes memory answer) = to.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}

/// @notice Takes no coins.
contract Refusing is Wallet {
    receive() external payable override {
        revert("no");
    }
}

/// @notice Calls back when it is paid, and notes what came of it.
contract Reentrant is Wallet {
    address private target;
    bytes[] private calls;

    /// @notice How many of the calls that it made while it was paid were not refused.
    uint256 public succeeded;
    /// @notice How many it made.
    uint256 public made;

    /// @notice Has it make a call each time that it is paid.
    function prepare(address to, bytes calldata data) external {
        target = to;
        calls.push(data);
    }

    receive() external payable override {
        // Once: what it gets by calling back would have it call back again.
        if (made > 0) return;
        made = calls.length;
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool done,) = target.call(calls[i]);
            if (done) ++succeeded;
        }
    }
}

/// @notice Uses up all gas that it is paid with.
contract Greedy is Wallet {
    receive() external payable override {
        while (true) {}
    }
}
