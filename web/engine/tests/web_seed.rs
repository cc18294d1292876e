//! What a server sends reaches its torrent for as long as the torrent asks for it, and no longer.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;

use js_sys::{Function, Reflect, Uint8Array, global};
use metainfo::{FileSpan, InfoBuilder, Version};
use seedcast_engine::web_seed::{FetchEvent, FetchJob};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use webseed::Address;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const LENGTH: u64 = 1 << 20;

/// A server whose whole file comes in one chunk, as it does where the browser had more to do than to hand it on.
const SERVER: &str = "
    const body = new ReadableStream({
        start(controller) {
            controller.enqueue(new Uint8Array(1 << 20).fill(7));
            controller.close();
        },
    });
    const headers = { 'content-length': '1048576', 'content-range': 'bytes 0-1048575/1048576' };
    return Promise.resolve(new Response(body, { status: 206, headers }));
";

fn job() -> FetchJob {
    Reflect::set(&global(), &"fetch".into(), &Function::new_no_args(SERVER)).unwrap();
    let builder = InfoBuilder::single("file.bin", LENGTH).version(Version::One).piece_length(LENGTH as u32);
    let (info, _) = builder.finish(&[[0; 20]], &[]).unwrap();
    let address = Address::parse("http://127.0.0.1/file.bin").unwrap();
    FetchJob::new(address, info, FileSpan { offset: 0, length: LENGTH }).unwrap()
}

#[wasm_bindgen_test]
async fn a_chunk_of_any_length_arrives_whole() {
    let parts = RefCell::new(Vec::<Uint8Array>::new());
    job()
        .run(|event| match event {
            FetchEvent::Bytes(part) => parts.borrow_mut().push(part),
            other => panic!("{other:?}"),
        })
        .await;
    let bytes: Vec<u8> = parts.borrow().iter().flat_map(Uint8Array::to_vec).collect();
    assert!(bytes == vec![7; LENGTH as usize]);
}

/// A torrent that ends a run and begins another took the rest of the chunk for bytes of the new one, and blamed an
/// honest server for them.
#[wasm_bindgen_test]
async fn what_is_ended_within_a_chunk_sends_none_of_its_rest() {
    let job = job();
    let (abort, lengths) = (RefCell::new(Some(job.abort())), RefCell::new(Vec::new()));
    job.run(|event| {
        let FetchEvent::Bytes(part) = event else { panic!("{event:?}") };
        lengths.borrow_mut().push(part.length());
        drop(abort.borrow_mut().take());
    })
    .await;
    let lengths = lengths.into_inner();
    assert!(matches!(lengths[..], [length] if u64::from(length) < LENGTH), "{lengths:?} bytes came");
}
