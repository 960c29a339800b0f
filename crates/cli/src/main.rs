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
mod span;
mod start;
mod topic;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Apache Kafka's platform as one binary.
#[derive(Parser)]
#[command(name = "ottla", version, propagate_version = true, arg_required_else_help = true)]
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
