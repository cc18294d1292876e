// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BttPay} from "./BttPay.sol";

/// @title Redeeming without coins
/// @notice Who is paid by `BttPay` and has no coins for the gas names a *purse* as the payee: an address that follows from
/// its own and from the share that it leaves to whoever redeems. Whoever hands in vouchers of a purse gets that share of
/// what they pay, in the same transaction, and the purse's owner the rest.
///
/// The contract has no owner, cannot be changed or stopped, and never holds a coin.
/// @dev What a caller may rely on, whoever else calls what:
/// 1. A purse sends coins as this contract says and not otherwise, and this contract sends them to nobody but the purse's
///    owner, and to whoever redeems.
/// 2. Whoever redeems gets the share of what `BttPay` paid in that very call, rounded down. What came to a purse in any
///    other way is its owner's, to the last unit: who redeems from `BttPay` itself gives no share to anybody.
/// 3. An owner that refuses its coins, or uses up its gas, does not stop whoever redeems: they stay in the purse.
contract BttSplit {
    /// @notice An argument is not what it has to be.
    error BadArgs();
    /// @notice There is nothing to send.
    error Nothing();
    /// @notice Who was to be paid does not take the coins.
    error PayFailed();

    /// @notice What a share is a part of: a share is in hundredths of a per cent.
    uint16 public constant WHOLE = 10_000;
    /// @notice The gas that an owner gets to take its coins with when others redeem. Accounts need none, and wallets that
    /// are contracts less than a third of it.
    uint256 public constant OWNER_GAS = 30_000;
    /// @notice The contract whose payments are shared.
    BttPay public immutable PAY;

    /// @param pay The contract whose payments are shared.
    constructor(BttPay pay) {
        PAY = pay;
    }

    /// @notice Redeems vouchers that are signed to an owner's purse, gives the caller its share and the owner the rest.
    /// @dev Makes the purse if there is none yet. Who sees the call before it is in a block may copy it and get the share.
    /// @param owner Whose purse it is; not zero.
    /// @param share What the purse leaves to whoever redeems, in hundredths of a per cent.
    /// @param items The vouchers, as `BttPay.redeem` takes them.
    /// @return earned What the caller got.
    function redeem(address owner, uint16 share, BttPay.Item[] calldata items) external returns (uint256 earned) {
        address account = _made(owner, share);
        uint256 total = PAY.redeem(account, items);
        earned = total * share / WHOLE;
        // All that is there is the owner's, whatever the caller does when it gets its share.
        if (!_send(account, msg.sender, earned, gasleft())) revert PayFailed();
        _send(account, owner, account.balance, OWNER_GAS);
    }

    /// @notice Sends all that is in a purse to its owner. Anyone may call it.
    /// @param owner Whose purse it is; not zero.
    /// @param share What the purse leaves to whoever redeems, in hundredths of a per cent.
    function release(address owner, uint16 share) external {
        address account = _made(owner, share);
        uint256 amount = account.balance;
        if (amount == 0) revert Nothing();
        if (!_send(account, owner, amount, gasleft())) revert PayFailed();
    }

    /// @notice The address that an owner names as the payee, whether there is anything yet or not (EIP-1014).
    /// @param owner Whose purse it is.
    /// @param share What the purse leaves to whoever redeems, in hundredths of a per cent.
    /// @return The purse's address.
    function purse(address owner, uint16 share) public view returns (address) {
        bytes32 code = keccak256(type(Purse).creationCode);
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), this, _salt(owner, share), code)))));
    }

    function _salt(address owner, uint16 share) private pure returns (bytes32) {
        return keccak256(abi.encode(owner, share));
    }

    /// @dev The purse, made if there is none yet.
    function _made(address owner, uint16 share) private returns (address account) {
        if (owner == address(0) || share > WHOLE) revert BadArgs();
        account = purse(owner, share);
        if (account.code.length == 0) new Purse{salt: _salt(owner, share)}();
    }

    /// @dev Has a purse send coins.
    function _send(address account, address to, uint256 amount, uint256 limit) private returns (bool) {
        (bool called, bytes memory taken) = account.call(abi.encode(to, amount, limit));
        return called && abi.decode(taken, (bool));
    }
}

/// @title The coins of one owner
/// @notice Takes coins from anybody, and sends them as the `BttSplit` that made it says.
contract Purse {
    address private immutable SPLIT = msg.sender;

    /// @dev From `BttSplit` the data are an address, an amount, and the gas to send it with; what comes back is whether it
    /// was taken. What the receiver returns is not looked at. From anybody else nothing is done but taking the coins.
    fallback() external payable {
        if (msg.sender != SPLIT) return;
        assembly ("memory-safe") {
            mstore(0, call(calldataload(64), calldataload(0), calldataload(32), 0, 0, 0, 0))
            return(0, 32)
        }
    }
}
