//! `ottla`: every role and every command.

mod base64;
mod cluster;
mod config;
mod consume;
mod failure;
mod group;
mod log;
mod logging;
mod output;
mod produce;
mod remote;
mod signals;
mod span;
mod start;
mod topic;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Apache Kafka's platform as one binary.
///
/// Commands that talk to a cluster look for it at 127.0.0.1:9092, at OTTLA_BOOTSTRAP, or at --bootstrap. They work
/// with Apache Kafka's brokers as well. Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 interrupted.
#[derive(Parser)]
#[command(
    name = "ottla",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:
  ottla start
  ottla topic create orders --partitions 3
  echo 'key:value' | ottla produce orders --key-separator :
  ottla consume orders --from-beginning
  ottla log dump --records ottla-data/orders-0"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Start(start::Start),
    Log(log::LogCommand),
    Topic(topic::TopicCommand),
    Produce(produce::Produce),
    Consume(consume::Consume),
    Group(group::GroupCommand),
    Config(config::ConfigCommand),
    Cluster(cluster::ClusterCommand),
}

/// Frames are taken on one thread and given back on another, and are written to the disk from where they lie: memory in
/// huge pages that is soon used again takes a quarter off a busy broker's processor time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Start(start) => start.run(),
        Command::Log(log) => log.run(),
        Command::Topic(topic) => topic.run(),
        Command::Produce(produce) => produce.run(),
        Command::Consume(consume) => consume.run(),
        Command::Group(group) => group.run(),
        Command::Config(config) => config.run(),
        Command::Cluster(cluster) => cluster.run(),
    }
}

#[cfg(test)]
mod tests;
