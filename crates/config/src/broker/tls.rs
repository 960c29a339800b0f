//! TLS.

use super::TLS;
use crate::setting::{CLASS, PASSWORD, STRING, Setting, boolean, class, list, string, unset};

pub(super) const SETTINGS: &[Setting] = &[
    string("ssl.client.auth", "none")
        .one_of(&["required", "requested", "none"])
        .per_broker()
        .status(TLS)
        .medium("Whether clients must (`required`) or may (`requested`) show a certificate."),
    unset("ssl.keystore.location", STRING)
        .per_broker()
        .status(TLS)
        .medium("The file with this node's private key and certificate."),
    unset("ssl.keystore.password", PASSWORD)
        .per_broker()
        .status(TLS)
        .medium("The password of `ssl.keystore.location`; a PEM file has none."),
    string("ssl.keystore.type", "JKS")
        .per_broker()
        .status(TLS)
        .medium("The format of the key store: JKS, PKCS12 or PEM."),
    unset("ssl.keystore.key", PASSWORD)
        .per_broker()
        .status(TLS)
        .medium("The private key itself, in PEM form, instead of a file."),
    unset("ssl.keystore.certificate.chain", PASSWORD)
        .per_broker()
        .status(TLS)
        .medium("The certificate and those that signed it, in PEM form, instead of a file."),
    unset("ssl.key.password", PASSWORD).per_broker().status(TLS).medium("The password of the private key."),
    unset("ssl.truststore.location", STRING)
        .per_broker()
        .status(TLS)
        .medium("The file with the certificates that are trusted."),
    unset("ssl.truststore.password", PASSWORD)
        .per_broker()
        .status(TLS)
        .medium("The password of `ssl.truststore.location`; a PEM file has none."),
    string("ssl.truststore.type", "JKS")
        .per_broker()
        .status(TLS)
        .medium("The format of the trust store: JKS, PKCS12 or PEM."),
    unset("ssl.truststore.certificates", PASSWORD)
        .per_broker()
        .status(TLS)
        .medium("The trusted certificates themselves, in PEM form, instead of a file."),
    string("ssl.protocol", "TLSv1.3").per_broker().status(TLS).medium("The version of TLS to start from."),
    list("ssl.enabled.protocols", "TLSv1.2,TLSv1.3")
        .per_broker()
        .status(TLS)
        .medium("The versions of TLS that may be spoken."),
    list("ssl.cipher.suites", "")
        .per_broker()
        .status(TLS)
        .medium("The cipher suites that may be used; empty allows the usual ones."),
    string("ssl.endpoint.identification.algorithm", "https")
        .per_broker()
        .status(TLS)
        .low("How the name in a server's certificate is checked; empty does not check it."),
    string("ssl.principal.mapping.rules", "DEFAULT")
        .status(TLS)
        .low("Rules that make a short user name of the name in a client's certificate."),
    class(
        "principal.builder.class",
        "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
    )
    .per_broker()
    .status(TLS)
    .medium("The class that says who an authenticated connection is."),
    boolean("ssl.allow.dn.changes", false)
        .status(TLS)
        .low("Whether a new key store may carry another distinguished name than the one before."),
    boolean("ssl.allow.san.changes", false)
        .status(TLS)
        .low("Whether a new key store may lack alternative names that the one before had."),
    unset("ssl.provider", STRING).per_broker().status(TLS).medium("The Java provider of TLS."),
    string("ssl.keymanager.algorithm", "SunX509")
        .per_broker()
        .status(TLS)
        .medium("The Java algorithm that chooses keys."),
    string("ssl.trustmanager.algorithm", "PKIX")
        .per_broker()
        .status(TLS)
        .medium("The Java algorithm that checks certificates."),
    unset("ssl.secure.random.implementation", STRING)
        .per_broker()
        .status(TLS)
        .low("The Java source of random numbers for TLS."),
    unset("ssl.engine.factory.class", CLASS)
        .per_broker()
        .status(TLS)
        .low("The class that sets up TLS, instead of the settings here."),
    unset("security.providers", STRING)
        .status(TLS)
        .low("Java classes that bring further security algorithms."),
];
