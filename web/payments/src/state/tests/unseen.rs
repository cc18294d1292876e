use super::*;

/// Everything from the click to when it is sent.
fn send(state: &mut State, message: Message) {
    state.handle(message);
    let effects = state.handle(Message::Connected(Ok(owner())));
    let Some(Effect::Await(id)) = effects.last() else { panic!("{effects:?}") };
    state.handle(Message::Purse(PurseNews::Call { id: *id, call: Ok(call()) }));
    state.handle(Message::Sent(Ok(on_its_way())));
}

/// Everything from the click to what the chain made of it.
fn carry_out(state: &mut State, message: Message, while_it_is_sent: impl FnOnce(&State)) -> Vec<Effect> {
    send(state, message);
    while_it_is_sent(state);
    state.handle(Message::Ended(Ok(())))
}

/// What the purse shows of something that was earned, a deposit and a proof.
fn shown(redeemed: u64, deposits: &[DepositView], proofs: &[ProofView]) -> PurseView {
    let (unredeemed, redeemed) = (Amount::from_btt(2), Amount::from_btt(redeemed));
    PurseView {
        earning: Earning { unredeemed, redeemed, ..Earning::default() },
        deposits: deposits.to_vec(),
        proofs: proofs.to_vec(),
        ..PurseView::default()
    }
}

fn blind() -> PurseView {
    PurseView { fault: Some(PurseFault::InOtherTab), ..PurseView::default() }
}

#[test]
fn what_was_sent_is_not_offered_again_before_the_purse_shows_what_it_changed() {
    let session = [7; 32];
    let deposit = DepositView { session, ..deposit() };
    let deposits = [deposit.clone(), self::deposit()];
    let proofs = [ProofView { session, reward: Amount::from_btt(2) }];
    let before = shown(3, &deposits, &proofs);
    let changed = |deposit: DepositView| shown(3, &[deposit, self::deposit()], &proofs);
    let longer = changed(DepositView { expiry: deposit.expiry + 1, ..deposit.clone() });
    let larger = changed(DepositView { amount: Amount::from_btt(4_250), ..deposit });
    let [in_time, in_slots] = [Extension::in_time(session), Extension::in_slots(session)];
    let cases = [
        (Message::Redeem, Purpose::Redeem, None, shown(4, &deposits, &proofs)),
        (Message::Extend(in_time), Purpose::Extend(in_time), Some(session), longer),
        (Message::Extend(in_slots), Purpose::Extend(in_slots), Some(session), larger),
        (
            Message::Withdraw(session),
            Purpose::Withdraw(session),
            Some(session),
            shown(3, &deposits[1..], &proofs),
        ),
        (Message::Slash(session), Purpose::Slash(session), Some(session), shown(3, &deposits, &[])),
    ];
    for (message, purpose, session, after) in cases {
        let mut state = opened();
        hear(&mut state, before.clone());
        assert!(!state.is_under_way(&purpose));
        let effects = carry_out(&mut state, message.clone(), |state| assert!(state.is_under_way(&purpose)));
        assert_eq!(effects, [Effect::Tell(PurseCommand::Done { session })]);
        // Something else changed, or nothing is known for a while.
        let other = PurseView { chain: 5, ..before.clone() };
        for view in [other, blind(), before.clone(), blind(), before.clone()] {
            hear(&mut state, view);
            assert!(state.is_under_way(&purpose), "{purpose:?}");
        }
        hear(&mut state, after.clone());
        assert!(!state.is_under_way(&purpose), "{purpose:?}");

        // The purse is the first to hear of it.
        let mut state = opened();
        hear(&mut state, before.clone());
        send(&mut state, message);
        hear(&mut state, after.clone());
        state.handle(Message::Ended(Ok(())));
        assert!(!state.is_under_way(&purpose), "{purpose:?}");
        hear(&mut state, after);
        assert!(!state.is_under_way(&purpose), "{purpose:?}");
    }
}

#[test]
fn a_deposit_is_extended_in_one_way_after_the_other() {
    let mut state = opened();
    let deposit = DepositView { session: [7; 32], ..deposit() };
    hear(&mut state, shown(0, &[deposit], &[]));
    let [longer, more] = [Extension::in_time([7; 32]), Extension::in_slots([7; 32])];
    carry_out(&mut state, Message::Extend(longer), |_| {});
    assert!(state.is_under_way(&Purpose::Extend(more)), "it would be by when the deposit ended before");
    assert!(!state.is_under_way(&Purpose::Extend(Extension::in_time([1; 32]))), "another deposit");
}

#[test]
fn what_is_forgotten_of_what_was_earned_hides_nothing_that_is_paid_later() {
    let mut state = opened();
    hear(&mut state, shown(9, &[], &[]));
    carry_out(&mut state, Message::Redeem, |_| {});
    for (redeemed, is_under_way) in [(9, true), (2, true), (4, false)] {
        hear(&mut state, shown(redeemed, &[], &[]));
        assert_eq!(state.is_under_way(&Purpose::Redeem), is_under_way, "{redeemed}");
    }
}
