import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";

/*
 * Certificates made when a test runs, so that none is kept: X.509 v3 (RFC 5280 section 4.1) in DER, for P-256 keys. Only
 * as much of ASN.1 as that takes.
 */

const SEQUENCE = 0x30;
const SET = 0x31;
const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  basicConstraints: "2.5.29.19",
  subjectAltName: "2.5.29.17",
};
const DAY_MS = 86_400_000;

/** A key and its certificate, as PEM. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
}

/** For whom a certificate is. */
export interface CertificateOptions {
  /** The one host name or IPv4 address that it names. */
  readonly host: string;
  /** When it ends, counted from now in days; negative: it has ended. It began 30 days ago. */
  readonly days?: number;
}

/** Whoever signs certificates; its own is what clients trust. */
export class Authority {
  readonly cert: string;
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #name: string;

  constructor(name = "Authority of a test") {
    this.#name = name;
    const extensions = [extension(OID.basicConstraints, der(SEQUENCE, bool(true)))];
    const { publicKey } = this.#keys;
    this.cert = this.#signed({ subject: name, publicKey, extensions, days: 1 });
  }

  /** A certificate of this authority for a server. */
  issue({ host, days = 1 }: CertificateOptions): Credentials {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const address = Buffer.from(host.split(".").map(Number));
    const name = isIP(host) === 4 ? der(0x87, address) : der(0x82, Buffer.from(host));
    const extensions = [extension(OID.subjectAltName, der(SEQUENCE, name))];
    return {
      key: privateKey.export({ type: "pkcs8", format: "pem" }),
      cert: this.#signed({ subject: host, publicKey, extensions, days }),
    };
  }

  #signed(certified: Certified): string {
    const algorithm = der(SEQUENCE, oid(OID.ecdsaWithSha256));
    const until = Date.now() + certified.days * DAY_MS;
    const content = der(
      SEQUENCE,
      der(0xa0, der(0x02, Buffer.from([2]))),
      der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      algorithm,
      distinguishedName(this.#name),
      der(SEQUENCE, utcTime(Date.now() - 30 * DAY_MS), utcTime(until)),
      distinguishedName(certified.subject),
      certified.publicKey.export({ type: "spki", format: "der" }),
      der(0xa3, der(SEQUENCE, ...certified.extensions)),
    );
    const signature = sign("sha256", content, this.#keys.privateKey);
    const bits = der(0x03, Buffer.from([0]), signature);
    const text = der(SEQUENCE, content, algorithm, bits).toString("base64");
    const lines = text.match(/.{1,64}/g) ?? [];
    return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
  }
}

interface Certified {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly days: number;
}

/** Tag, length and content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function bool(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

function utcTime(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return der(0x17, Buffer.from(digits.slice(2)));
}

function distinguishedName(commonName: string): Buffer {
  const value = der(0x0c, Buffer.from(commonName));
  return der(SEQUENCE, der(SET, der(SEQUENCE, oid(OID.commonName), value)));
}

function extension(id: string, value: Buffer): Buffer {
  return der(SEQUENCE, oid(id), bool(true), der(0x04, value));
}
