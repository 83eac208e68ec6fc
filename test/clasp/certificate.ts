// A certificate for names that are not ours, good for whoever is told to trust it: made anew for each run, worthless after.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** PEM. The certificate vouches for itself: `NODE_EXTRA_CA_CERTS` makes a child process believe it. */
export interface Certificate {
  key: string;
  cert: string;
}

// X.509 is written down in DER (RFC 5280, section 4.1; ITU-T X.690): each value is a tag, a length and its content.
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const bits = (content: Uint8Array) => der(0x03, Buffer.of(0), content);
const octets = (content: Uint8Array) => der(0x04, content);
const yes = Buffer.of(0x01, 0x01, 0xff);
/** Object identifiers, as DER writes their numbers. */
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const ids = {
  ecdsaWithSha256: oid('2a8648ce3d040302'),
  commonName: oid('550403'),
  subjectAltName: oid('551d11'),
  basicConstraints: oid('551d13'),
};

/** `hosts`: the names it is good for. From 2020 to 2049, so that no clock of a test is outside. */
export function makeCertificate(hosts: string[]): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(ids.ecdsaWithSha256);
  const text = Buffer.from('A certificate for tests, worthless elsewhere');
  const name = sequence(der(0x31, sequence(ids.commonName, der(0x0c, text))));
  const names = sequence(...hosts.map((host) => der(0x82, Buffer.from(host))));
  const extensions = sequence(
    sequence(ids.basicConstraints, yes, octets(sequence(yes))),
    sequence(ids.subjectAltName, octets(names)),
  );
  const told = sequence(
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, Buffer.of(1, ...randomBytes(8))), // a serial number that is positive
    algorithm,
    name,
    sequence(...['200101000000Z', '491231235959Z'].map((time) => der(0x17, Buffer.from(time)))),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, extensions),
  );
  const signed = sequence(told, algorithm, bits(sign('sha256', told, privateKey)));
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
