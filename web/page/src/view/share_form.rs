//! What can be chosen about a share. Nothing must be: the link is made with what everyone wants.

use btt::Chain;
use language::Word;
use metainfo::Version;
use protocol::ShareId;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::controls::Controls;
use crate::session::Action;
use crate::share::{Choices, Share, Stage};
use crate::words;

/// The choices that go into a link. Changing one needs a new link, which is offered and made at once. Where tips go is
/// asked first, but for deployments that `has_tips` says have no network for them.
pub(crate) fn share_form(
    id: ShareId,
    share: &Share,
    usual_chain: Option<Chain>,
    has_tips: bool,
    controls: Controls,
) -> Html {
    let choices = &share.choices;
    let wrong = choices.payees(usual_chain).err();
    let choose = |change: fn(&mut Choices, &Event)| {
        let choices = choices.clone();
        move |event: Event| {
            let mut choices = choices.clone();
            change(&mut choices, &event);
            controls.dispatch(Action::Choose(id, choices));
        }
    };
    let typed = |change: fn(&mut Choices, &Event)| {
        let choose = choose(change);
        Callback::from(move |event: InputEvent| choose(event.into()))
    };
    let again = {
        let share = share.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            controls.share_again(id, &share);
        })
    };
    let remade = matches!(share.stage, Stage::Done(_));
    let tip_address = html! {
        <>
            <label class="field">
                <span>{ words::CHOICE_TIPS }</span>
                <input type="text" value={choices.tip_address.clone()} maxlength="200" placeholder="0x…" autocomplete="off"
                    spellcheck="false" data-testid="tip-address" aria-invalid={wrong.is_some().to_string()}
                    oninput={typed(|choices, event| choices.tip_address = text(event))} />
                <span class="hint">
                    { if share.takes_tips() { words::CHOICE_TIPS_TAKEN } else { words::CHOICE_TIPS_WHY } }
                </span>
            </label>
            if let Some(wrong) = &wrong { <p class="hint bad" role="alert" data-testid="tip-address-wrong">{ words::wrong_payees(wrong) }</p> }
        </>
    };
    let readers = |sealed: bool, testid: &'static str, name: Word, why: Word| {
        let share = share.clone();
        let choose = Callback::from(move |_: Event| controls.share_for(id, &share, sealed));
        html! {
            <label class="check choice">
                <input type="radio" name="readers" data-testid={testid} checked={choices.sealed == sealed} onchange={choose} />
                <span>{ name }<span class="hint">{ why }</span></span>
            </label>
        }
    };
    html! {
        <form key={id.0} class="card choices" onsubmit={again}>
            <fieldset class="readers">
                <legend>{ words::CHOICE_READERS }</legend>
                { readers(true, "sealed", words::CHOICE_SEALED, words::CHOICE_SEALED_WHY) }
                { readers(false, "unsealed", words::CHOICE_UNSEALED, words::CHOICE_UNSEALED_WHY) }
            </fieldset>
            if has_tips { { tip_address.clone() } }
            <details>
                <summary>{ words::CHOICES }</summary>
                if !has_tips { { tip_address } }
                <label class="field">
                    <span>{ words::CHOICE_NAME }</span>
                    <input type="text" value={choices.name.clone()} placeholder={share.own_name.clone()} maxlength="255"
                        oninput={typed(|choices, event| choices.name = text(event))} />
                </label>
                <label class="field">
                    <span>{ words::CHOICE_COMMENT }</span>
                    <input type="text" value={choices.comment.clone()} maxlength="1000"
                        oninput={typed(|choices, event| choices.comment = text(event))} />
                </label>
                <label class="field">
                    <span>{ words::CHOICE_DOMAIN }</span>
                    <input type="text" value={choices.tip_domain.clone()} maxlength="253" placeholder="example.org"
                        data-testid="tip-domain" oninput={typed(|choices, event| choices.tip_domain = text(event))} />
                    <span class="hint">{ words::CHOICE_DOMAIN_WHY }</span>
                </label>
                <label class="field">
                    <span>{ words::CHOICE_TRACKERS }</span>
                    <textarea rows="2" value={choices.trackers.clone()} placeholder="wss://tracker.example"
                        oninput={typed(|choices, event| {
                            choices.trackers = event.target_unchecked_into::<HtmlTextAreaElement>().value();
                        })} />
                </label>
                <label class="field">
                    <span>{ words::CHOICE_VERSION }</span>
                    <select onchange={choose(|choices, event| {
                        let place = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
                        let chosen = VERSIONS.get(place.max(0) as usize);
                        choices.version = chosen.and_then(|(version, _)| *version);
                    })}>
                        { for VERSIONS.iter().map(|(version, name)| html! {
                            <option selected={*version == choices.version}>{ *name }</option>
                        }) }
                    </select>
                </label>
                <label class="check choice">
                    <input type="checkbox" checked={choices.private} onchange={choose(|choices, event| {
                        choices.private = event.target_unchecked_into::<HtmlInputElement>().checked();
                    })} />
                    <span>{ words::CHOICE_PRIVATE }<span class="hint">{ words::CHOICE_PRIVATE_WHY }</span></span>
                </label>
            </details>
            if share.has_new_choices() {
                <div class="actions">
                    <button type="submit" class="primary" disabled={wrong.is_some()}>{ words::NEW_LINK }</button>
                    if remade { <p class="hint">{ words::NEW_LINK_WHY }</p> }
                </div>
            }
        </form>
    }
}

fn text(event: &Event) -> String {
    event.target_unchecked_into::<HtmlInputElement>().value()
}

const VERSIONS: [(Option<Version>, Word); 4] = [
    (None, words::CHOICE_FITTING),
    (Some(Version::Hybrid), words::CHOICE_HYBRID),
    (Some(Version::One), words::CHOICE_ONE),
    (Some(Version::Two), words::CHOICE_TWO),
];
