import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Paths of PEM files: a CA, a server for 127.0.0.1 and a client of it, and a client of nobody's. */
export interface Certificates {
  readonly ca: string;
  readonly server: Pair;
  readonly client: Pair;
  readonly stranger: Pair;
}

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

const program = `
import datetime, ipaddress, os, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

folder = sys.argv[1]
day = datetime.timedelta(days=1)
now = datetime.datetime.now(datetime.timezone.utc)

def make(name, issuer=None, authority=False):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by, by_key = issuer or (subject, key)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(by).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(by_key, hashes.SHA256()))
    with open(os.path.join(folder, name + ".crt"), "wb") as file:
        file.write(made.public_bytes(serialization.Encoding.PEM))
    with open(os.path.join(folder, name + ".key"), "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return subject, key

ca = make("ca", authority=True)
make("server", ca)
make("client", ca)
make("stranger", make("other", authority=True))
`;

/** Made by the Python of Salt's environment, which brings what it takes. */
export async function makeCertificates(folder: string, binFolder: string): Promise<Certificates> {
  await promisify(execFile)(join(binFolder, 'python'), ['-c', program, folder]);
  const pair = (name: string) => ({
    certificate: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key`),
  });
  return {
    ca: join(folder, 'ca.crt'),
    server: pair('server'),
    client: pair('client'),
    stranger: pair('stranger'),
  };
}
