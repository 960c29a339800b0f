//! Apache Kafka from its published jars, fetched with Maven, and the Java that runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Workshop, system};
use crate::error::{Error, Result};
use crate::process;
use crate::report::Report;

/// The reference for behavior.
pub const KAFKA_VERSION: &str = "4.3.1";

const LOG4J_VERSION: &str = "2.24.3";
const COPY_DEPENDENCIES: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
const ARTIFACTS: &[(&str, &str, &str)] = &[
    ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
    ("org.apache.kafka", "kafka-tools", KAFKA_VERSION),
    ("org.apache.logging.log4j", "log4j-api", LOG4J_VERSION),
    ("org.apache.logging.log4j", "log4j-core", LOG4J_VERSION),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J_VERSION),
];

const LOG4J_PROPERTIES: &str = "\
rootLogger.level = WARN
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = [%d] %p %m (%c)%n
";

/// The tools by the names of Apache Kafka's scripts, without `kafka-` and `.sh`.
const TOOLS: &[(&str, &str)] = &[
    ("broker-api-versions", "org.apache.kafka.tools.BrokerApiVersionsCommand"),
    ("cluster", "org.apache.kafka.tools.ClusterTool"),
    ("configs", "kafka.admin.ConfigCommand"),
    ("console-consumer", "org.apache.kafka.tools.consumer.ConsoleConsumer"),
    ("console-producer", "org.apache.kafka.tools.ConsoleProducer"),
    ("consumer-groups", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"),
    ("consumer-perf-test", "org.apache.kafka.tools.ConsumerPerformance"),
    ("delete-records", "org.apache.kafka.tools.DeleteRecordsCommand"),
    ("dump-log", "org.apache.kafka.tools.DumpLogSegments"),
    ("features", "org.apache.kafka.tools.FeatureCommand"),
    ("get-offsets", "org.apache.kafka.tools.GetOffsetShell"),
    ("groups", "org.apache.kafka.tools.GroupsCommand"),
    ("log-dirs", "org.apache.kafka.tools.LogDirsCommand"),
    ("metadata-quorum", "org.apache.kafka.tools.MetadataQuorumCommand"),
    ("producer-perf-test", "org.apache.kafka.tools.ProducerPerformance"),
    ("storage", "kafka.tools.StorageTool"),
    ("topics", "org.apache.kafka.tools.TopicCommand"),
    ("verifiable-consumer", "org.apache.kafka.tools.VerifiableConsumer"),
    ("verifiable-producer", "org.apache.kafka.tools.VerifiableProducer"),
];

/// Tools live for a second: what compiles fast starts fast. What the JVM thinks of its archive of classes is not for the
/// tool's output.
const TOOL_OPTIONS: &[&str] =
    &["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xlog:disable", "-Xlog:all=error:stderr"];

/// Apache Kafka's broker and tools.
#[derive(Debug)]
pub struct Kafka {
    java: PathBuf,
    javac: PathBuf,
    folder: PathBuf,
}

impl Kafka {
    pub(super) fn install(workshop: &Workshop, report: &mut Report) -> Result<Self> {
        let java = system("java", "openjdk-17-jdk-headless")?;
        let javac = system("javac", "openjdk-17-jdk-headless")?;
        let maven = system("mvn", "maven")?;
        let folder = workshop.root().join(format!("kafka-{KAFKA_VERSION}"));
        let pom = pom();
        workshop.once(&folder, &pom, report, |report| {
            let file = folder.join("pom.xml");
            fs::write(&file, &pom).map_err(Error::file(&file))?;
            let settings = folder.join("log4j2.properties");
            fs::write(&settings, LOG4J_PROPERTIES).map_err(Error::file(&settings))?;
            workshop.download(report, &format!("Apache Kafka {KAFKA_VERSION} with Maven"), || {
                let mut command = Command::new(&maven);
                command.args(["-q", "-B", "-f"]).arg(&file);
                command.arg(format!("-Dmaven.repo.local={}", workshop.cache().join("maven").display()));
                command.args([COPY_DEPENDENCIES, "-DincludeScope=runtime"]);
                command.arg(format!("-DoutputDirectory={}", folder.display()));
                command
            })
        })?;
        Ok(Self { java, javac, folder })
    }

    /// A tool by its script's name.
    pub(crate) fn tool(&self, name: &str) -> Command {
        let class = TOOLS.iter().find(|(tool, _)| *tool == name).map_or(name, |(_, class)| class);
        let mut command = self.jvm(TOOL_OPTIONS);
        let archive = self.archive();
        if archive.exists() {
            command.arg(format!("-XX:SharedArchiveFile={}", archive.display()));
        }
        command.args(["-cp", &self.jars(), class]);
        command
    }

    /// Lets a tool leave the classes that it has loaded where the next ones find them: they start twice as fast.
    pub(crate) fn archive_classes(&self, bootstrap: &str, log: &Path) -> Result<()> {
        let archive = self.archive();
        if archive.exists() {
            return Ok(());
        }
        let mut command = self.jvm(TOOL_OPTIONS);
        command.arg(format!("-XX:ArchiveClassesAtExit={}", archive.display())).args(["-cp", &self.jars()]);
        command.args([
            "kafka.admin.ConfigCommand",
            "--bootstrap-server",
            bootstrap,
            "--describe",
            "--broker",
            "1",
        ]);
        process::run(&mut command, &[], Duration::from_secs(120), log)?;
        Ok(())
    }

    /// A program in Java by its class, with the room of a client: one of the jars, or one of ours that `compile` has compiled.
    pub fn program(&self, class: &str) -> Command {
        let mut command = self.jvm(&["-Xmx1g", "-XX:+UseParallelGC"]);
        command.args(["-cp", &format!("{}:{}", self.jars(), self.classes().display()), class]);
        command
    }

    /// The broker, with the collector settings of Apache Kafka's own start script.
    pub(crate) fn broker(&self) -> Command {
        let options = [
            "-server",
            "-Xms1g",
            "-Xmx1g",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-XX:+ExplicitGCInvokesConcurrent",
        ];
        let mut command = self.jvm(&options);
        command.args(["-cp", &self.jars(), "kafka.Kafka"]);
        command
    }

    /// Compiles a program of ours against the jars.
    pub(crate) fn compile(&self, workshop: &Workshop, source: &str) -> Result<()> {
        let classes = self.classes();
        fs::create_dir_all(&classes).map_err(Error::file(&classes))?;
        let mut command = Command::new(&self.javac);
        command.args(["-Xlint:all,-processing,-classfile", "-Werror", "-d"]).arg(&classes);
        command.args(["-cp", &self.jars()]).arg(workshop.script(source));
        process::run(&mut command, &[], Duration::from_secs(120), &workshop.log())?;
        Ok(())
    }

    fn classes(&self) -> PathBuf {
        self.folder.join("classes")
    }

    fn jars(&self) -> String {
        format!("{}/*", self.folder.display())
    }

    fn archive(&self) -> PathBuf {
        self.folder.join("tools.jsa")
    }

    fn jvm(&self, options: &[&str]) -> Command {
        let mut command = Command::new(&self.java);
        command.args(options).arg("-Djava.awt.headless=true");
        command
            .arg(format!("-Dlog4j2.configurationFile={}", self.folder.join("log4j2.properties").display()));
        command
    }
}

fn pom() -> String {
    let mut dependencies = String::new();
    for (group, artifact, version) in ARTIFACTS {
        dependencies.push_str(&format!(
            "    <dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></dependency>\n"
        ));
    }
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  \
         <groupId>ottla</groupId>\n  <artifactId>interop</artifactId>\n  <version>1</version>\n  \
         <packaging>pom</packaging>\n  <dependencies>\n{dependencies}  </dependencies>\n</project>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_file_names_every_artifact_once_and_pins_it() {
        let pom = pom();
        for (_, artifact, version) in ARTIFACTS {
            let entry = format!("<artifactId>{artifact}</artifactId><version>{version}</version>");
            assert_eq!(pom.matches(&entry).count(), 1, "{artifact}");
        }
    }
}
