mod credit;
mod fraud;
mod limits;
mod properties;
mod redeeming;
mod sessions;
mod stage;
mod vouchers;
