/** Passkeys, as the browser makes and uses them: the API asks and checks, the browser asks its owner. */

import { Problem } from "./api/problems.ts";

type Options = Record<string, unknown>;

/** Why this page can't use passkeys, or null. Browsers bind them to the name of a site, and to HTTPS. */
export function passkeysRefused(
  place: Location = location,
  isSecure = window.isSecureContext,
): string | null {
  const isAddress = /^[\d.]+$|^\[/.test(place.hostname);
  const port = place.port ? `:${place.port}` : "";
  if (isAddress && isLoopback(place.hostname)) {
    return `Browsers allow passkeys at a name, not at ${place.hostname}: open http://localhost${port} instead.`;
  }
  if (isAddress)
    return "Browsers allow passkeys at a name, not at a bare address: ask for the server's name.";
  if (!isSecure) return "Browsers allow passkeys over HTTPS or at localhost only, and this page is neither.";
  const isKnown =
    typeof PublicKeyCredential !== "undefined" && "parseCreationOptionsFromJSON" in PublicKeyCredential;
  return isKnown ? null : "This browser does not know passkeys.";
}

/** Makes one, and returns what proves it. */
export async function makePasskey(options: Options): Promise<Options> {
  return asked(() => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
      options as unknown as PublicKeyCredentialCreationOptionsJSON,
    );
    return navigator.credentials.create({ publicKey });
  });
}

/** Uses one of those that the account has. */
export async function usePasskey(options: Options): Promise<Options> {
  return asked(() => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
      options as unknown as PublicKeyCredentialRequestOptionsJSON,
    );
    return navigator.credentials.get({ publicKey });
  });
}

async function asked(ask: () => Promise<Credential | null>): Promise<Options> {
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return credential.toJSON() as Options;
  } catch (error) {
    throw new Problem(-1, { title: "No passkey", detail: wordsOf(error) });
  }
  throw new Problem(-1, { title: "No passkey", detail: "The browser gave none." });
}

function wordsOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError")
    return "The browser was told no, found no passkey of this account, or waited too long.";
  if (name === "InvalidStateError") return "This device has a passkey of this account already.";
  if (name === "SecurityError")
    return "The browser allows this site no passkeys: it needs HTTPS, or localhost.";
  return String(error);
}

function isLoopback(hostname: string): boolean {
  return hostname.startsWith("127.") || hostname === "[::1]";
}
