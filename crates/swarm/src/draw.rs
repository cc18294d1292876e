use fastrand::Rng;

/// A random number below `count`, or 0. [`Rng::usize`] draws in another way where addresses have 32 bits, as in
/// browsers; this one is the same on every platform.
pub(crate) fn below(rng: &mut Rng, count: usize) -> usize {
    rng.u32(..u32::try_from(count).unwrap_or(u32::MAX).max(1)) as usize
}
