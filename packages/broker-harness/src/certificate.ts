import { readFileSync } from "node:fs";
import { join } from "node:path";
import { javaTool, runTool } from "./java-tools.js";

/** A broker's key and what a client trusts it by. */
export interface Certificate {
  readonly keyStore: { readonly file: string; readonly password: string };
  /** The certificate in PEM, which is its own authority. */
  readonly pem: string;
}

const password = "millrace-key-store";

/** Makes a certificate for 127.0.0.1 and localhost that signs itself. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const file = join(folder, "broker.p12");
  const pemFile = join(folder, "broker.pem");
  const store = ["-keystore", file, "-storetype", "PKCS12", "-storepass", password, "-alias", "broker"];
  const names = ["-dname", "CN=localhost", "-ext", "SAN=IP:127.0.0.1,DNS:localhost", "-ext", "BC=ca:true"];
  const keytool = javaTool("keytool");
  await runTool(keytool, [
    "-genkeypair",
    ...store,
    "-keyalg",
    "EC",
    "-groupname",
    "secp256r1",
    "-validity",
    "3650",
    ...names,
  ]);
  await runTool(keytool, ["-exportcert", "-rfc", ...store, "-file", pemFile]);
  return { keyStore: { file, password }, pem: readFileSync(pemFile, "utf8") };
}
