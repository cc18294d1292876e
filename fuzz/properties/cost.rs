/// What it may cost to read what a stranger sent: bytes that are allocated on the way, those included that are freed
/// again. So it limits the memory, and the work that goes into it.
pub(super) struct Cost {
    /// Whatever the input.
    pub(super) flat: u64,
    /// For each byte of the input.
    pub(super) per_byte: u64,
}

impl Cost {
    /// Reads an input of so many bytes.
    #[track_caller]
    pub(super) fn limits<T>(&self, length: usize, read: impl FnOnce() -> T) -> T {
        let mut value = None;
        let spent = allocation_counter::measure(|| value = Some(read()));
        let limit = self.flat + self.per_byte * length as u64;
        let bytes = spent.bytes_total;
        assert!(bytes <= limit, "{length} bytes cost {bytes}, and may cost {limit}");
        value.expect("it was read")
    }
}
