//! How to put the player of a torrent into another page.

use language::Word;
use protocol::{Seal, TorrentView};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::controls::Controls;
use crate::view::copy::CopyButton;
use crate::view::part::Part;
use crate::{browser, embedding, words};

/// What to paste, and what it looks like.
pub(crate) fn embed(torrent: &TorrentView, controls: Controls) -> Html {
    let (address, magnet) = (browser::address(), &torrent.magnet);
    html! {
        <>
            <p>{ words::EMBED_WHY }</p>
            if torrent.seal == Some(Seal::Open) { <p data-testid="embed-sealed">{ words::EMBED_SEALED }</p> }
            { code("embed-tag", words::EMBED_TAG, embedding::tag(&address, magnet), controls) }
            { code("embed-frame", words::EMBED_FRAME, embedding::frame(&address, magnet), controls) }
            <section>
                <h3>{ words::EMBED_PREVIEW }</h3>
                <iframe class="preview" data-testid="embed-preview" title={words::EMBED_PREVIEW} allow="fullscreen; autoplay"
                    src={embedding::player(&address, magnet)} />
            </section>
        </>
    }
}

fn code(id: &'static str, title: Word, value: String, controls: Controls) -> Html {
    let select =
        Callback::from(|event: FocusEvent| event.target_unchecked_into::<HtmlTextAreaElement>().select());
    let text = value.clone();
    let copy = CopyButton {
        controls,
        value: value.into(),
        text: words::COPY,
        testid: "copy-link",
        leads_to: None,
        class: Classes::new(),
    };
    html! {
        <section>
            <h3 {id}>{ title }</h3>
            <textarea class="mono" readonly=true rows="4" data-testid={id} aria-labelledby={id} onfocus={select}
                value={text} />
            { copy.html() }
        </section>
    }
}
