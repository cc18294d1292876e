// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Payments by the byte
/// @notice A buyer deposits coins for a number of equal slots, once, and names a key. From then on that key pays without
/// a transaction: it signs vouchers, each of which says what one slot owes one payee in all. Whoever has a voucher may
/// have it paid; the money goes to the payee that was signed, and to nobody else.
///
/// A slot belongs to the first payee that is paid from it, for ever. Since the deposit covers every slot in full, the
/// key can promise more than there is in one way only: by signing one slot to two payees. The two signatures prove it,
/// and cost the session its bond.
///
/// The contract has no owner, cannot be changed or stopped, and takes no share.
/// @dev What a caller may rely on, whoever else calls what:
/// 1. The contract holds the sum of all balances and bonds. It never looks at what it holds: coins that are forced on it
///    belong to nobody.
/// 2. `balance = slots * slotCap - (what was paid from the slots)` until the session is withdrawn, so a voucher within
///    `slotCap` is always paid in full. There are no partial payments.
/// 3. Before its expiry a session loses its balance to payees and its bond to reporters, and nothing to its owner.
/// 4. All that a call changes is changed before it sends coins: who is paid may call back and finds nothing unfinished.
contract BttPay {
    /// @notice A deposit, and the key that spends it.
    /// @param owner Who deposited, and gets back what is left. Never cleared, so that no session is opened twice.
    /// @param expiry Time (Unix, seconds) from which the rest can be withdrawn. Until that is done vouchers are paid.
    /// @param slots How many slots there are, numbered from 0. None once the rest is withdrawn.
    /// @param key The address whose signatures are vouchers.
    /// @param slotCap The most that each slot pays, in the coin's smallest unit.
    /// @param balance What the slots can still pay, all together.
    /// @param bond What is lost when two vouchers promise one slot to two payees.
    struct Session {
        address owner;
        uint64 expiry;
        uint32 slots;
        address key;
        uint96 slotCap;
        uint128 balance;
        uint128 bond;
    }

    /// @notice One share of a deposit.
    /// @param payee Whom it pays. Zero until the first payment.
    /// @param paid What it has paid.
    struct Slot {
        address payee;
        uint96 paid;
    }

    /// @notice A voucher without its payee, which all vouchers of a call have in common.
    /// @param session The session that pays.
    /// @param slot The slot that pays.
    /// @param cumulative What the slot owes the payee in all, what it has paid included.
    /// @param r The first half of the key's signature.
    /// @param vs The second half, with the parity in its highest bit (EIP-2098).
    struct Item {
        bytes32 session;
        uint32 slot;
        uint96 cumulative;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice A session was opened.
    /// @param session Its id.
    /// @param owner Who deposited.
    /// @param key The address whose signatures are vouchers.
    /// @param slots How many slots it has.
    /// @param slotCap The most that each of them pays.
    /// @param expiry When the rest can be withdrawn.
    /// @param bond What is lost by promising a slot twice.
    event Opened(
        bytes32 indexed session,
        address indexed owner,
        address key,
        uint32 slots,
        uint96 slotCap,
        uint64 expiry,
        uint128 bond
    );

    /// @notice A session lasts longer, or has more slots.
    /// @param session Its id.
    /// @param expiry When the rest can now be withdrawn.
    /// @param slots How many slots it now has.
    event Extended(bytes32 indexed session, uint64 expiry, uint32 slots);

    /// @notice A voucher was paid.
    /// @param session The session that paid.
    /// @param slot The slot that paid.
    /// @param payee Who was paid.
    /// @param cumulative What the slot has now paid in all.
    /// @param delta What of that was paid now.
    event Redeemed(
        bytes32 indexed session,
        uint32 indexed slot,
        address indexed payee,
        uint96 cumulative,
        uint96 delta
    );

    /// @notice A session lost its bond.
    /// @param session Its id.
    /// @param slot The slot that was promised twice.
    /// @param reporter Who proved it, and got half of the bond.
    /// @param bond What was lost.
    event Slashed(bytes32 indexed session, uint32 slot, address reporter, uint128 bond);

    /// @notice What was left of a session went back to its owner, and the session is over.
    /// @param session Its id.
    /// @param amount Balance and bond together.
    event Withdrawn(bytes32 indexed session, uint256 amount);

    /// @notice An argument, or the value sent, is not what it has to be.
    error BadArgs();
    /// @notice This owner has had a session with this key before.
    error Exists();
    /// @notice The session's expiry is past.
    error Expired();
    /// @notice The session's expiry is yet to come.
    error NotExpired();
    /// @notice Only the session's owner may do that.
    error NotOwner();
    /// @notice The session's key has not signed that.
    error BadSig();
    /// @notice There is nothing to pay, to take or to change.
    error Nothing();
    /// @notice Who was to be paid does not take the coins.
    error PayFailed();

    /// @notice The most slots of a session.
    uint32 public constant MAX_SLOTS = 4096;
    /// @notice The shortest time, in seconds, from opening a session to its expiry.
    uint64 public constant MIN_TTL = 1 hours;
    /// @notice The longest time, in seconds, from opening or extending a session to its expiry.
    uint64 public constant MAX_TTL = 30 days;

    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant VOUCHER_TYPE =
        keccak256("Voucher(bytes32 session,uint32 slot,address payee,uint96 cumulative)");

    /// @dev Half the order of secp256k1. Of the two values of s that fit a signature, the one up to here counts.
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    uint256 private immutable CHAIN_AT_DEPLOYMENT;
    bytes32 private immutable DOMAIN_AT_DEPLOYMENT;

    mapping(bytes32 id => Session) private _sessions;
    mapping(bytes32 id => mapping(uint32 number => Slot)) private _slots;

    constructor() {
        CHAIN_AT_DEPLOYMENT = block.chainid;
        DOMAIN_AT_DEPLOYMENT = _domain();
    }

    /// @notice Opens a session of the caller's, with the deposit that is sent along.
    /// @dev The id binds the owner, so nobody can take another's key for a session of his own. Whoever holds the key can
    /// prove himself guilty and take half of the bond: who deposits for somebody else's key leaves the bond out.
    /// @param key The address whose signatures are vouchers. It needs no coins, and never signs anything else.
    /// @param slots How many payees can be paid, 1 to `MAX_SLOTS`.
    /// @param slotCap The most that each of them can be paid; not 0.
    /// @param expiry When the rest can be withdrawn: at least `MIN_TTL` and at most `MAX_TTL` from now.
    /// @param bond What is lost by promising a slot twice. The value sent is `slots * slotCap + bond`, exactly.
    /// @return session The id of the session, as `sessionId` says it.
    function open(address key, uint32 slots, uint96 slotCap, uint64 expiry, uint128 bond)
        external
        payable
        returns (bytes32 session)
    {
        if (key == address(0) || slots == 0 || slots > MAX_SLOTS || slotCap == 0) revert BadArgs();
        if (expiry < block.timestamp + MIN_TTL || expiry > block.timestamp + MAX_TTL) revert BadArgs();
        uint256 deposit = uint256(slots) * slotCap;
        if (msg.value != deposit + bond) revert BadArgs();

        session = sessionId(msg.sender, key);
        if (_sessions[session].owner != address(0)) revert Exists();
        _sessions[session] = Session({
            owner: msg.sender,
            expiry: expiry,
            slots: slots,
            key: key,
            slotCap: slotCap,
            balance: uint128(deposit), // below 2^108: 4096 times 96 bits
            bond: bond
        });
        emit Opened(session, msg.sender, key, slots, slotCap, expiry, bond);
    }

    /// @notice Moves a session's expiry to a later time, adds slots to it, or both.
    /// @dev Neither takes anything from a payee: what was promised is paid as before, and for longer.
    /// @param session A session of the caller's that has not expired.
    /// @param expiry The new expiry, not before the old one and at most `MAX_TTL` from now.
    /// @param addSlots How many slots to add. The value sent is `addSlots * slotCap`, exactly.
    function extend(bytes32 session, uint64 expiry, uint32 addSlots) external payable {
        Session storage s = _sessions[session];
        if (s.owner != msg.sender) revert NotOwner();
        if (block.timestamp >= s.expiry) revert Expired();
        if (expiry < s.expiry || expiry > block.timestamp + MAX_TTL) revert BadArgs();
        if (addSlots > MAX_SLOTS - s.slots) revert BadArgs();
        uint256 deposit = uint256(addSlots) * s.slotCap;
        if (msg.value != deposit) revert BadArgs();
        if (expiry == s.expiry && addSlots == 0) revert Nothing();

        s.expiry = expiry;
        s.slots += addSlots;
        s.balance += uint128(deposit);
        emit Extended(session, expiry, s.slots);
    }

    /// @notice Pays what vouchers of one payee say that is not paid yet. Anyone may call it; only the payee is paid.
    /// @dev A voucher that another transaction can spoil is passed over, so that nobody can sink the others by being
    /// faster: that of a slot which has paid as much, or belongs to another payee, or of a session that is withdrawn or
    /// not known here. A signature is good or bad for ever, because a session's id fixes its key: a bad one is the
    /// caller's mistake, and refused with all the rest.
    /// @param payee Whom the vouchers are signed to; not zero, which would leave the slot without a payee.
    /// @param items The vouchers, of any sessions.
    /// @return total What was paid, more than 0.
    function redeem(address payee, Item[] calldata items) external returns (uint256 total) {
        if (payee == address(0)) revert BadArgs();
        for (uint256 i = 0; i < items.length; ++i) {
            total += _take(payee, items[i]);
        }
        if (total == 0) revert Nothing();
        _send(payee, total);
    }

    /// @notice Proves by two vouchers that a session's key has promised one slot to two payees. Half of the bond is
    /// burnt, the other half goes to the caller.
    /// @dev The half that is burnt, and the unit that halves leave over, is what it costs to prove oneself guilty before
    /// somebody else does. It works until the session is withdrawn, after its expiry too. Who sees the call before it is
    /// in a block may copy it: the bond is lost all the same, so the reward is no reason to trust the session.
    /// @param session The session.
    /// @param slot The slot that both vouchers are for.
    /// @param pa The payee of the first voucher.
    /// @param ca What it says the slot owes in all.
    /// @param ra The first half of its signature.
    /// @param va The second half.
    /// @param pb The payee of the second voucher, another one.
    /// @param cb What it says the slot owes in all.
    /// @param rb The first half of its signature.
    /// @param vb The second half.
    function slash(
        bytes32 session,
        uint32 slot,
        address pa,
        uint96 ca,
        bytes32 ra,
        bytes32 va,
        address pb,
        uint96 cb,
        bytes32 rb,
        bytes32 vb
    ) external {
        if (pa == pb) revert BadArgs();
        uint128 bond = _sessions[session].bond;
        if (bond == 0) revert Nothing();
        _requireSigned(session, slot, pa, ca, ra, va);
        _requireSigned(session, slot, pb, cb, rb, vb);

        _sessions[session].bond = 0;
        emit Slashed(session, slot, msg.sender, bond);
        uint128 reward = bond / 2;
        _send(address(0), bond - reward);
        _send(msg.sender, reward);
    }

    /// @notice Gives what is left of an expired session back to its owner, and ends the session. Anyone may call it.
    /// @dev Vouchers that are not paid by then never will be.
    /// @param session The session.
    function withdraw(bytes32 session) external {
        Session storage s = _sessions[session];
        if (block.timestamp < s.expiry) revert NotExpired();
        uint256 amount = uint256(s.balance) + s.bond;
        if (amount == 0) revert Nothing();

        s.slots = 0;
        s.balance = 0;
        s.bond = 0;
        emit Withdrawn(session, amount);
        _send(s.owner, amount);
    }

    /// @notice All that a payee needs to know before it trusts a voucher.
    /// @param session The id of a session. One that was never opened has no owner.
    /// @param slot A slot of it.
    /// @return The session.
    /// @return The slot.
    function status(bytes32 session, uint32 slot) external view returns (Session memory, Slot memory) {
        return (_sessions[session], _slots[session][slot]);
    }

    /// @notice The id of the only session that an owner can have with a key.
    /// @param owner Who deposits.
    /// @param key The address whose signatures are vouchers.
    /// @return The id.
    function sessionId(address owner, address key) public pure returns (bytes32) {
        return keccak256(abi.encode(owner, key));
    }

    /// @notice What a session's key signs (EIP-712).
    /// @param session The session that is to pay.
    /// @param slot The slot that is to pay.
    /// @param payee Whom it is to pay.
    /// @param cumulative What it owes the payee in all.
    /// @return The digest.
    function voucherDigest(bytes32 session, uint32 slot, address payee, uint96 cumulative)
        public
        view
        returns (bytes32)
    {
        bytes32 voucher = keccak256(abi.encode(VOUCHER_TYPE, session, slot, payee, cumulative));
        return keccak256(abi.encodePacked("\x19\x01", domainSeparator(), voucher));
    }

    /// @notice What makes a voucher good on this chain and in this contract only (EIP-712).
    /// @return The separator. After a fork that gets a chain id of its own it is another one there.
    function domainSeparator() public view returns (bytes32) {
        return block.chainid == CHAIN_AT_DEPLOYMENT ? DOMAIN_AT_DEPLOYMENT : _domain();
    }

    /// @dev Books a voucher, if there is anything to pay for it.
    /// @return delta What is to be paid for it.
    function _take(address payee, Item calldata item) private returns (uint96 delta) {
        Session storage session = _sessions[item.session];
        Slot memory slot = _slots[item.session][item.slot];
        if (item.slot >= session.slots || item.cumulative > session.slotCap) return 0;
        if (item.cumulative <= slot.paid || (slot.payee != payee && slot.payee != address(0))) return 0;
        _requireSigned(item.session, item.slot, payee, item.cumulative, item.r, item.vs);

        delta = item.cumulative - slot.paid;
        _slots[item.session][item.slot] = Slot({payee: payee, paid: item.cumulative});
        session.balance -= delta;
        emit Redeemed(item.session, item.slot, payee, item.cumulative, delta);
    }

    /// @dev Refuses a voucher that the session's key has not signed. Only the lower s counts, so that each signature has
    /// one form. Where nothing can be recovered there is no signer, rather than the address zero.
    function _requireSigned(bytes32 session, uint32 slot, address payee, uint96 cumulative, bytes32 r, bytes32 vs)
        private
        view
    {
        uint256 s = uint256(vs) & (type(uint256).max >> 1);
        if (s > HALF_ORDER) revert BadSig();
        uint8 v = 27 + uint8(uint256(vs) >> 255);
        address signer = ecrecover(voucherDigest(session, slot, payee, cumulative), v, r, bytes32(s));
        if (signer == address(0) || signer != _sessions[session].key) revert BadSig();
    }

    function _send(address to, uint256 amount) private {
        (bool taken,) = to.call{value: amount}("");
        if (!taken) revert PayFailed();
    }

    function _domain() private view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPE, keccak256("BttPay"), keccak256("1"), block.chainid, address(this))
        );
    }
}
