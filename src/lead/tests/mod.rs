mod bench;
mod bidding;
mod pinged;
mod resuming;
mod selling;
mod unknown;
mod waiting;
