//! Creates a topic, writes to it, and reads it back.
//!
//! `cargo run -p ottla-client --example round_trip -- 127.0.0.1:9092`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use ottla_client::admin::NewTopic;
use ottla_client::consumer::{AutoReset, ConsumerOptions};
use ottla_client::producer::{ProducerOptions, ProducerRecord};
use ottla_client::{Address, Admin, ClientOptions, Consumer, Producer, Result};

const TOPIC: &str = "round-trip";
const RECORDS: usize = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let bootstrap = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9092".to_owned());
    let client = ClientOptions::new(Address::parse_list(&bootstrap)?);

    let admin = Admin::connect(client.clone()).await?;
    let topic = NewTopic { name: TOPIC.to_owned(), partitions: Some(3), ..NewTopic::default() };
    for created in admin.create_topics(&[topic], false).await? {
        match created {
            Ok(created) => println!("created {TOPIC} with id {}", created.id),
            Err(error) => println!("{error}"),
        }
    }

    let producer = Producer::connect(client.clone(), ProducerOptions::default()).await?;
    let mut deliveries = Vec::new();
    for number in 0..RECORDS {
        let record =
            ProducerRecord::new(TOPIC, format!("value {number}")).with_key(format!("key {}", number % 7));
        deliveries.push(producer.send(record).await?);
    }
    producer.flush().await;
    for delivery in deliveries {
        delivery.await?;
    }
    producer.close().await;
    println!("wrote {RECORDS} records");

    let topic = admin.topic(TOPIC).await?;
    let options = ConsumerOptions { auto_reset: AutoReset::Earliest, ..ConsumerOptions::default() };
    let mut consumer = Consumer::connect(client, options).await?;
    consumer.assign(topic.topic_partitions())?;
    let mut count = 0;
    while count < RECORDS {
        for record in consumer.poll(Duration::from_secs(1)).await? {
            count += 1;
            if count % 100 == 0 {
                println!("{} {}: {:?}", record.partition, record.offset, record.value);
            }
        }
    }
    consumer.close().await
}
