"""Certificates and keys of one test cluster: a CA, servers, clients, the service-account pair.

Every extension that Python's strict verification (the default from 3.13) asks for is there.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOOPBACK = ("127.0.0.1", "localhost")
API_SERVER = (
    *LOOPBACK,
    "10.96.0.1",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)
LIFETIME = timedelta(days=7)
CLOCK_SKEW = timedelta(hours=1)
SIGNING_USES = {"key_cert_sign", "crl_sign"}


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes

    def write(self, folder: Path, *, name: str) -> tuple[Path, Path]:
        """Write ``NAME.crt`` and ``NAME.key`` (for its owner alone) and return both paths."""
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_bytes(self.certificate)
        write_secret(key, self.key)
        return certificate, key


class Authority:
    """A certificate authority that lives in memory."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _distinguished_name(name)
        basic = x509.BasicConstraints(ca=True, path_length=0)
        self._certificate = (
            _builder(self._name, key=self._key, issuer=self._name, issuer_key=self._key)
            .add_extension(basic, critical=True)
            .add_extension(_key_usage(SIGNING_USES), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def certificate(self) -> bytes:
        """The CA's certificate, PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue_server(self, hosts: Sequence[str], *, expired: bool = False) -> Credentials:
        """Issue a server's certificate for these names and addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _distinguished_name(hosts[0])
        builder = self._leaf(subject, key=key, expired=expired, server=True)
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        return self._sign(builder.add_extension(names, critical=False), key=key)

    def issue_client(self, user: str, *, group: str | None = None) -> Credentials:
        """Issue a client's certificate; Kubernetes reads user and group from its subject."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _distinguished_name(user, organization=group)
        return self._sign(self._leaf(subject, key=key, expired=False, server=False), key=key)

    def _leaf(
        self,
        subject: x509.Name,
        *,
        key: ec.EllipticCurvePrivateKey,
        expired: bool,
        server: bool,
    ) -> x509.CertificateBuilder:
        use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = _builder(
            subject, key=key, issuer=self._name, issuer_key=self._key, expired=expired
        )
        basic = x509.BasicConstraints(ca=False, path_length=None)
        return (
            builder.add_extension(basic, critical=True)
            .add_extension(_key_usage({"digital_signature"}), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        )

    def _sign(
        self, builder: x509.CertificateBuilder, *, key: ec.EllipticCurvePrivateKey
    ) -> Credentials:
        signed = builder.sign(self._key, hashes.SHA256())
        return Credentials(
            certificate=signed.public_bytes(serialization.Encoding.PEM), key=_private_pem(key)
        )


def write_service_account_keys(folder: Path) -> tuple[Path, Path]:
    """Write the pair that signs and verifies bound tokens; return (public, private)."""
    key = ec.generate_private_key(ec.SECP256R1())
    public, private = folder / "service-account.pub", folder / "service-account.key"
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    write_secret(private, _private_pem(key))
    return public, private


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as output:
        output.write(content)


def _distinguished_name(name: str, *, organization: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name,
    *,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    expired: bool = False,
) -> x509.CertificateBuilder:
    starts_at = datetime.now(UTC) - (LIFETIME if expired else CLOCK_SKEW)
    ends_at = datetime.now(UTC) + (-CLOCK_SKEW if expired else LIFETIME)
    subject_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts_at)
        .not_valid_after(ends_at)
        .add_extension(subject_id, critical=False)
        .add_extension(issuer_id, critical=False)
    )


def _key_usage(uses: set[str]) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature="digital_signature" in uses,
        key_cert_sign="key_cert_sign" in uses,
        crl_sign="crl_sign" in uses,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
