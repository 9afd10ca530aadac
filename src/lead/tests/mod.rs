mod bench;
mod bidding;
mod resuming;
mod selling;
mod unknown;
mod waiting;
