//! The rules of the group coordinator, one example each.

mod admin;
mod desk;
mod foreign;
mod housekeeping;
mod joining;
mod leaving;
mod offsets;
mod reloading;
mod sessions;
mod static_members;
mod syncing;
