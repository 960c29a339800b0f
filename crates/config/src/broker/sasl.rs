//! SASL and delegation tokens.

use super::SASL;
use crate::setting::{
    CLASS, INT, PASSWORD, Rule, STRING, Setting, boolean, class, double, int, list, long, short, string,
    unset,
};

pub(super) const SETTINGS: &[Setting] = &[
    list("sasl.enabled.mechanisms", "GSSAPI")
        .per_broker()
        .status(SASL)
        .medium("The SASL mechanisms with which clients may introduce themselves."),
    string("sasl.mechanism.inter.broker.protocol", "GSSAPI")
        .per_broker()
        .status(SASL)
        .medium("The SASL mechanism with which brokers introduce themselves to each other."),
    unset("sasl.jaas.config", PASSWORD).per_broker().status(SASL).medium(
        "Credentials in JAAS form. For a broker it carries the prefix `listener.name.NAME.MECHANISM.`.",
    ),
    unset("sasl.client.callback.handler.class", CLASS)
        .status(SASL)
        .medium("The class that supplies credentials where this node is the client."),
    unset("sasl.server.callback.handler.class", CLASS)
        .status(SASL)
        .medium("The class that checks credentials where this node is the server."),
    unset("sasl.login.callback.handler.class", CLASS)
        .status(SASL)
        .medium("The class that supplies what a login needs."),
    unset("sasl.login.class", CLASS).status(SASL).medium("The class that performs a login."),
    int("sasl.server.max.receive.size", 524_288)
        .status(SASL)
        .medium("The largest message that is read before a client has introduced itself."),
    unset("sasl.kerberos.service.name", STRING)
        .per_broker()
        .status(SASL)
        .medium("The Kerberos name that the service runs under."),
    string("sasl.kerberos.kinit.cmd", "/usr/bin/kinit")
        .per_broker()
        .status(SASL)
        .medium("The program that gets Kerberos tickets."),
    double("sasl.kerberos.ticket.renew.window.factor", 0.8)
        .per_broker()
        .status(SASL)
        .medium("Share of a ticket's life after which it is renewed."),
    double("sasl.kerberos.ticket.renew.jitter", 0.05)
        .per_broker()
        .status(SASL)
        .medium("Share of random change to the time of renewal."),
    long("sasl.kerberos.min.time.before.relogin", 60_000)
        .per_broker()
        .status(SASL)
        .medium("The least time, in milliseconds, between two renewals."),
    list("sasl.kerberos.principal.to.local.rules", "DEFAULT")
        .per_broker()
        .status(SASL)
        .medium("Rules that make a short user name of a Kerberos principal; the first that fits is used."),
    double("sasl.login.refresh.window.factor", 0.8)
        .per_broker()
        .status(SASL)
        .medium("Share of a login's life after which it is refreshed."),
    double("sasl.login.refresh.window.jitter", 0.05)
        .per_broker()
        .status(SASL)
        .medium("Share of random change to the time of refreshing."),
    short("sasl.login.refresh.min.period.seconds", 60)
        .per_broker()
        .status(SASL)
        .medium("The least time between two refreshments."),
    short("sasl.login.refresh.buffer.seconds", 300)
        .per_broker()
        .status(SASL)
        .medium("How long before its end a login is refreshed at the latest."),
    unset("sasl.login.connect.timeout.ms", INT)
        .status(SASL)
        .low("How long the connection to an identity provider may take to come up."),
    unset("sasl.login.read.timeout.ms", INT)
        .status(SASL)
        .low("How long an identity provider may take to answer."),
    long("sasl.login.retry.backoff.ms", 100)
        .status(SASL)
        .low("Rest before a failed login is tried again; it doubles each time."),
    long("sasl.login.retry.backoff.max.ms", 10_000).status(SASL).low("The longest such rest."),
    unset("sasl.oauthbearer.token.endpoint.url", STRING)
        .status(SASL)
        .medium("Where OAuth tokens come from: a web address or a file."),
    unset("sasl.oauthbearer.scope", STRING).status(SASL).medium("The scope that a token is asked for with."),
    unset("sasl.oauthbearer.client.credentials.client.id", STRING)
        .status(SASL)
        .medium("The client id for the client-credentials grant."),
    unset("sasl.oauthbearer.client.credentials.client.secret", PASSWORD)
        .status(SASL)
        .medium("The secret for the client-credentials grant."),
    string("sasl.oauthbearer.scope.claim.name", "scope")
        .status(SASL)
        .low("The claim of a token that holds its scope."),
    string("sasl.oauthbearer.sub.claim.name", "sub")
        .status(SASL)
        .low("The claim of a token that holds its subject."),
    class(
        "sasl.oauthbearer.jwt.retriever.class",
        "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever",
    )
    .status(SASL)
    .medium("The class that fetches tokens."),
    class(
        "sasl.oauthbearer.jwt.validator.class",
        "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator",
    )
    .status(SASL)
    .medium("The class that checks tokens."),
    unset("sasl.oauthbearer.jwks.endpoint.url", STRING)
        .status(SASL)
        .medium("Where the keys that sign tokens are published."),
    long("sasl.oauthbearer.jwks.endpoint.refresh.ms", 3_600_000)
        .status(SASL)
        .low("How often those keys are fetched again."),
    long("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", 100)
        .status(SASL)
        .low("Rest before a failed fetch of the keys is tried again; it doubles each time."),
    long("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", 10_000)
        .status(SASL)
        .low("The longest such rest."),
    int("sasl.oauthbearer.clock.skew.seconds", 30)
        .status(SASL)
        .low("By how much the clock of an identity provider may be off."),
    list("sasl.oauthbearer.expected.audience", "")
        .status(SASL)
        .high("Audiences of which a token must name one."),
    unset("sasl.oauthbearer.expected.issuer", STRING).status(SASL).high("The issuer that a token must name."),
    string("sasl.oauthbearer.assertion.algorithm", "RS256")
        .rule(Rule::OneOfAnyCase(&["ES256", "RS256"]))
        .status(SASL)
        .medium("How an assertion for the JWT-bearer grant is signed."),
    unset("sasl.oauthbearer.assertion.claim.aud", STRING)
        .status(SASL)
        .medium("The audience that an assertion names."),
    int("sasl.oauthbearer.assertion.claim.exp.seconds", 300)
        .between(0, 86_400)
        .status(SASL)
        .low("How long an assertion is good for."),
    unset("sasl.oauthbearer.assertion.claim.iss", STRING)
        .status(SASL)
        .medium("The issuer that an assertion names."),
    boolean("sasl.oauthbearer.assertion.claim.jti.include", false)
        .status(SASL)
        .medium("Whether each assertion carries an id of its own."),
    int("sasl.oauthbearer.assertion.claim.nbf.seconds", 60)
        .between(0, 3600)
        .status(SASL)
        .low("How long before now an assertion begins to be good."),
    unset("sasl.oauthbearer.assertion.claim.sub", STRING)
        .status(SASL)
        .medium("The subject that an assertion names."),
    unset("sasl.oauthbearer.assertion.file", STRING).status(SASL).medium("A file with a finished assertion."),
    unset("sasl.oauthbearer.assertion.private.key.file", STRING)
        .status(SASL)
        .medium("The file with the private key that signs assertions, in PEM form."),
    unset("sasl.oauthbearer.assertion.private.key.passphrase", PASSWORD)
        .status(SASL)
        .medium("The passphrase of that key."),
    unset("sasl.oauthbearer.assertion.template.file", STRING)
        .status(SASL)
        .medium("A file with further headers and claims of an assertion."),
    unset("delegation.token.secret.key", PASSWORD)
        .status(SASL)
        .medium("The key that signs delegation tokens, the same on every node. Unset, there are none."),
    long("delegation.token.max.lifetime.ms", 604_800_000)
        .min(1)
        .status(SASL)
        .medium("The longest that a delegation token can live, renewals included."),
    long("delegation.token.expiry.time.ms", 86_400_000)
        .min(1)
        .status(SASL)
        .medium("How long a delegation token lives unless it is renewed."),
    long("delegation.token.expiry.check.interval.ms", 3_600_000)
        .min(1)
        .status(SASL)
        .low("Time between two looks for delegation tokens that have expired."),
];
