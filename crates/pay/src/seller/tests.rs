mod credit;
mod fraud;
mod lies;
mod limits;
mod properties;
mod redeeming;
mod sessions;
pub(super) mod stage;
mod vouchers;
