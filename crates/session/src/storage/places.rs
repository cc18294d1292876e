//! Where a torrent's bytes lie in `data`.

use metainfo::{FileSpan, Geometry};

/// Where a torrent's bytes lie in `data`: as they do in the torrent, and, unless an earlier release began the folder,
/// with the padding left out.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Of the torrent whose padding is left out.
    packed: Option<Geometry>,
}

impl Places {
    /// Without padding, of which there is none before the geometry is known.
    pub(super) fn packed(geometry: Option<&Geometry>) -> Self {
        let packed = geometry.filter(|geometry| geometry.content_length() < geometry.total_length());
        Self { packed: packed.cloned() }
    }

    /// Whether something is left out.
    pub(super) const fn are_packed(&self) -> bool {
        self.packed.is_some()
    }

    /// Where the torrent's byte at `offset` lies, or, if it is left out, the one behind it that is not. No file has
    /// padding within, so all of it lies from its first byte's place on.
    #[must_use]
    pub fn of(&self, offset: u64) -> u64 {
        self.packed.as_ref().map_or(offset, |geometry| geometry.content_before(offset))
    }

    /// The runs of `span` that are stored, in order; what is between them is zeros. [`of`](Self::of) tells where each is.
    pub fn stored(&self, span: FileSpan) -> impl Iterator<Item = FileSpan> {
        let packed = self.packed.as_ref().map(|geometry| geometry.content_in(span));
        let all = self.packed.is_none().then_some(span);
        packed.into_iter().flatten().chain(all)
    }
}
