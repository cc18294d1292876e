use super::*;

const NOW: Time = Time::from_secs(2_000_000);
const OWNER: Address = Address::from_bytes([2; 20]);
const KEY: Address = Address::from_bytes([3; 20]);
const DAY: u64 = 24 * 60 * 60;

fn wish() -> CallWish {
    let (slot_cap, bond) = (Amount::from_btt(20), Amount::from_btt(5));
    CallWish::Open { owner: OWNER, slots: 8, slot_cap, bond, lasts: 7 * DAY }
}

fn record(expiry: u64) -> DepositRecord {
    let sealed = crate::records::Sealed { nonce: [0; 12], bytes: vec![1] };
    let (slot_cap, bond) = (Amount::from_btt(20), Amount::from_btt(5));
    DepositRecord {
        owner: OWNER,
        key: KEY,
        sealed,
        slots: 8,
        slot_cap,
        bond,
        expiry,
        made: 0,
        is_open: false,
        sponsor: None,
    }
}

fn session() -> SessionId {
    SessionId::of(OWNER, KEY)
}

fn said(expiry: u64) -> Said {
    let (slots, slot_cap) = (8, Amount::from_btt(20));
    let (payee, paid) = (None, Amount::default());
    let expiry = Time::from_secs(expiry);
    let status = SlotStatus { owner: OWNER, key: KEY, expiry, slots, slot_cap, payee, paid };
    Said { status, is_empty: false, bond: Amount::from_btt(1) }
}

const ABSENT: Said = Said { status: SlotStatus::ABSENT, is_empty: true, bond: Amount::from_units(0) };

#[test]
fn row_01_no_wallet_is_asked_for_what_the_contract_does_not_take() {
    let book = Book::default();
    let (owner, opening) = book.opening(NOW, &wish(), KEY).unwrap();
    assert_eq!((owner, opening.value()), (OWNER, Some(Amount::from_btt(165))));
    assert_eq!(opening.expiry.as_secs(), NOW.as_secs() + 7 * DAY);
    let CallWish::Open { owner, slots, slot_cap, bond, lasts } = wish() else { unreachable!() };
    let limit = Amount::from_units(1 << 96);
    let all = Amount::from_units(u128::MAX);
    for bad in [
        CallWish::Open { owner: Address::from_bytes([0; 20]), slots, slot_cap, bond, lasts },
        CallWish::Open { owner, slots: 0, slot_cap, bond, lasts },
        CallWish::Open { owner, slots: 4097, slot_cap, bond, lasts },
        CallWish::Open { owner, slots, slot_cap: Amount::default(), bond, lasts },
        CallWish::Open { owner, slots, slot_cap: limit, bond, lasts },
        CallWish::Open { owner, slots, slot_cap, bond: all, lasts },
        CallWish::Open { owner, slots, slot_cap, bond, lasts: 3600 },
        CallWish::Open { owner, slots, slot_cap, bond, lasts: 30 * DAY + 1 },
        CallWish::Open { owner, slots, slot_cap, bond, lasts: u64::MAX },
    ] {
        assert_eq!(book.opening(NOW, &bad, KEY), Err(CallFault::BadNumbers), "{bad:?}");
    }
}

#[test]
fn row_01_a_deposit_is_extended_by_its_owner_and_by_as_much_as_the_contract_takes() {
    let expiry = NOW.as_secs() + 7 * DAY;
    let mut book = Book::default();
    let more = |book: &Book, longer, slots| book.extension(NOW, session(), OWNER, longer, slots);
    assert_eq!(more(&book, DAY, 0), Err(CallFault::Nothing));
    book.add(record(expiry));
    assert_eq!(more(&book, DAY, 0), Err(CallFault::Nothing), "it is not on the chain yet");
    book.said(NOW, session(), &said(expiry));
    let at = |day: u64| Time::from_secs(expiry + day * DAY);
    assert_eq!(more(&book, DAY, 0), Ok((at(1), Amount::default())));
    assert_eq!(more(&book, 0, 3), Ok((at(0), Amount::from_btt(60))));
    let latest = Time::from_secs(NOW.as_secs() + 30 * DAY - 3600);
    assert_eq!(more(&book, u64::MAX, 4088), Ok((latest, Amount::from_btt(4088 * 20))));
    for (longer, slots) in [(0, 0), (DAY, 4089), (DAY, u32::MAX), (DAY - 1, 0), (DAY - 1, 3)] {
        assert_eq!(more(&book, longer, slots), Err(CallFault::BadNumbers));
    }
    assert_eq!(book.extension(NOW, session(), KEY, DAY, 0), Err(CallFault::NotOwner));
    assert_eq!(book.extension(at(0), session(), OWNER, DAY, 0), Err(CallFault::Nothing), "it has ended");
    // As long as the contract lets it last, but for less than a day.
    let nearly = |seconds: u64| Time::from_secs(expiry - (30 * DAY - 3600) + seconds);
    let week = |now, slots| book.extension(now, session(), OWNER, 7 * DAY, slots);
    assert_eq!(week(nearly(DAY), 0), Ok((at(1), Amount::default())));
    for seconds in [0, 1, DAY - 1] {
        assert_eq!(week(nearly(seconds), 0), Err(CallFault::BadNumbers), "{seconds}");
        assert_eq!(week(nearly(seconds), 3), Err(CallFault::BadNumbers), "{seconds}");
    }
    let slots = book.extension(nearly(0), session(), OWNER, 0, 3);
    assert_eq!(slots, Ok((at(0), Amount::from_btt(60))), "slots alone");
    let Outcome::Open(Some(deposit)) = book.said(NOW, session(), &said(expiry + DAY)) else {
        panic!("it is longer")
    };
    assert_eq!(deposit.expiry, at(1));
}

#[test]
fn there_are_so_many_deposits_and_no_more() {
    let mut book = Book::default();
    for number in 0..u8::try_from(MOST).unwrap() {
        assert!(book.opening(NOW, &wish(), KEY).is_ok());
        book.add(DepositRecord { key: Address::from_bytes([number; 20]), ..record(0) });
    }
    assert_eq!(book.opening(NOW, &wish(), KEY), Err(CallFault::TooMany));
}

#[test]
fn row_32_a_deposit_is_paid_from_when_the_chain_has_it_and_until_its_rest_was_given_back() {
    let mut book = Book::default();
    let expiry = NOW.as_secs() + 7 * DAY;
    book.add(record(expiry));
    assert_eq!(
        (book.standing(NOW, None), book.views(NOW)[0].state),
        (Standing::Opening, DepositState::Opening)
    );
    assert_eq!(book.due(NOW).len(), 1);
    assert_eq!(book.due(NOW), [], "not again at once");
    assert_eq!(book.said(NOW, session(), &ABSENT), Outcome::Same);
    // The wallet had it end a little later.
    let Outcome::Open(Some(deposit)) = book.said(NOW, session(), &said(expiry + 9)) else {
        panic!("it is there")
    };
    assert_eq!((deposit.session, deposit.expiry.as_secs()), (session(), expiry + 9));
    assert_eq!(book.said(NOW, session(), &said(expiry + 9)), Outcome::Same);
    assert_eq!((book.standing(NOW, None), book.free(NOW, None)), (Standing::Open, Amount::from_btt(160)));
    let slot = SlotId { session: session(), slot: 3 };
    book.assign(Assignment { slot, payee: OWNER, cumulative: Amount::from_btt(2) });
    assert_eq!(book.free(NOW, None), Amount::from_btt(140));
    let view = book.views(NOW).remove(0);
    assert_eq!(
        (view.amount, view.left, view.state),
        (Amount::from_btt(165), Amount::from_btt(163), DepositState::Open)
    );

    // A node that has not heard of it any more takes nothing away.
    assert_eq!(book.said(NOW, session(), &ABSENT), Outcome::Same);
    let late = Time::from_secs(expiry + 9 - 6 * 3600);
    assert_eq!((book.standing(late, None), book.free(late, None)), (Standing::Expired, Amount::default()));
    let end = Time::from_secs(expiry + 9);
    assert_eq!(book.views(end)[0].state, DepositState::Ended);
    assert_eq!(book.said(end, session(), &said(expiry + 9)), Outcome::Same);
    let empty = Said { is_empty: true, ..said(expiry + 9) };
    assert_eq!(book.said(NOW, session(), &empty), Outcome::Same, "it is all paid, and has not ended");
    assert_eq!(book.said(end, session(), &empty), Outcome::Over);
    assert_eq!(book.remove(session()), [slot]);
    assert_eq!((book.views(end), book.log(session())), (vec![], vec![]));
}

#[test]
fn row_32_what_was_noted_down_is_forgotten_only_when_no_wallet_can_open_it_any_more() {
    let mut book = Book::default();
    let expiry = NOW.as_secs() + 7 * DAY;
    book.add(record(expiry));
    assert_eq!(book.said(Time::from_secs(expiry), session(), &ABSENT), Outcome::Same);
    assert_eq!(book.said(Time::from_secs(expiry + DAY), session(), &ABSENT), Outcome::Over);
}

#[test]
fn row_25_a_deposit_without_its_key_or_with_an_unclear_slot_is_never_paid_from() {
    let expiry = NOW.as_secs() + 7 * DAY;
    let open = DepositRecord { is_open: true, ..record(expiry) };
    let slot = SlotId { session: session(), slot: 3 };
    let assignment = Assignment { slot, payee: OWNER, cumulative: Amount::from_btt(2) };
    let mut book = Book::new([(session(), open.clone())].into(), vec![assignment], &BTreeSet::new());
    assert_eq!((book.open().count(), book.free(NOW, None)), (0, Amount::default()));
    assert_eq!(book.said(NOW, session(), &said(expiry + DAY)), Outcome::Open(None));
    assert_eq!(book.views(NOW).len(), 1, "its rest is there to be given back");
    let book = Book::new([(session(), open)].into(), vec![assignment], &[session()].into());
    assert_eq!(book.open().count(), 1);
    assert_eq!(book.log(session()), [assignment]);
}

#[test]
fn row_52_what_a_sponsor_deposits_is_for_its_torrent_and_nothing_else_is_paid_from_then() {
    let (torrent, url) = (InfoHash::from_bytes([4; 20]), "https://pay.example".to_owned());
    let sponsor = protocol::purse::Sponsor { url: url.clone(), torrent, highest: Amount::from_btt(1) };
    let own = DepositRecord { is_open: true, ..record(3_000_000) };
    let theirs = DepositRecord {
        owner: Address::from_bytes([5; 20]),
        slots: 2,
        bond: Amount::default(),
        sponsor: Some(sponsor),
        ..own.clone()
    };
    let (ours, sponsored) = (session(), SessionId::of(theirs.owner, KEY));
    let mut book = Book::default();
    book.add(own);
    book.add(theirs);
    assert_eq!(book.spared(None), [sponsored].into());
    assert_eq!(book.spared(Some(sponsored)), [ours].into());
    assert_eq!((book.free(NOW, None), book.standing(NOW, None)), (Amount::from_btt(160), Standing::Open));
    assert_eq!(book.free(NOW, Some(sponsored)), Amount::from_btt(40));
    assert_eq!(book.left(NOW, sponsored), Amount::from_btt(40));
    assert_eq!(book.sponsored(NOW, &url, torrent), Some(sponsored));
    assert_eq!(book.sponsored(NOW, &url, InfoHash::from_bytes([9; 20])), None);
    assert_eq!(book.sponsored(NOW, "https://other.example", torrent), None);
    assert_eq!(book.sponsored(Time::from_secs(3_000_000), &url, torrent), None, "it has ended");
    // It is not the user's to extend, whatever wallet is asked.
    let owner = Address::from_bytes([5; 20]);
    assert_eq!(book.extension(NOW, sponsored, owner, DAY, 0), Err(CallFault::Nothing));
}
