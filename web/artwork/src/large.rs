//! A picture as large as there is room for it.

use host::browser::document;
use media::picture::is_drawn;
use wasm_bindgen::JsValue;
use web_sys::Element;

use crate::source;
use crate::words::Words;

/// Fills `stage` with a picture of this name, once it is here and unless it has too many pixels. Who fills it with something
/// else meanwhile has done with this one.
pub(crate) async fn fill(stage: &Element, name: &str, file: &JsValue, words: &Words) -> Result<(), JsValue> {
    let hint = document().create_element("p")?;
    let say = |class: &str, text: &str| {
        hint.set_class_name(class);
        hint.set_text_content(Some(text));
    };
    say("hint", words.say(Words::OPENING));
    stage.replace_children_with_node_1(&hint);
    let Ok(file) = source::settled(file).await else {
        say("hint", words.say(Words::WHEN_COMPLETE));
        // Whoever draws when it is here may fill it again.
        return stage.remove_attribute("data-taken");
    };
    let notice = match source::picture(&file).await {
        Ok((picture, [width, height])) if is_drawn(width, height) => {
            picture.set_alt(name);
            picture.set_class_name("picture");
            picture.set_attribute("data-testid", "player")?;
            return hint.replace_with_with_node_1(&picture);
        }
        Ok((_, [width, height])) => {
            words.fill(Words::TOO_MANY_PIXELS, [("{width}", width), ("{height}", height)])
        }
        Err(_not_a_picture) => words.say(Words::CANNOT_SHOW).to_owned(),
    };
    say("panel bad", &notice);
    hint.set_attribute("data-testid", "notice")
}
