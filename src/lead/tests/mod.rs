mod bench;
mod resuming;
mod selling;
mod unknown;
mod waiting;
