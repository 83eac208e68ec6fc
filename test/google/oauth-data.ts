// What the local Google's OAuth keeps: clients, codes, grants, access tokens and the signing key.
import type { JWK } from 'jose';

export interface Client {
  id: string;
  secret: string;
  /** Exact addresses; any loopback address is allowed besides when `loopback` is set. */
  redirectUris: string[];
  loopback: boolean;
  /** In testing: refresh tokens die after seven days (google-facts 1.15). */
  testing: boolean;
}

export interface ServiceAccount {
  email: string;
  publicKey: string;
  /** Scopes an administrator has delegated to it. */
  scopes: string[];
}

export interface Code {
  client: string;
  person: string;
  scopes: string[];
  redirectUri: string;
  challenge?: { method: 'S256' | 'plain'; value: string };
  nonce?: string;
  /** A refresh token is owed with it. */
  offline: boolean;
  expires: number;
}

/** One refresh token. */
export interface Grant {
  client: string;
  person: string;
  scopes: string[];
  issued: number;
  /** When it last gave an access token; six months without use end it. */
  used: number;
  expires?: number;
}

export interface Access {
  client: string;
  person: string;
  scopes: string[];
  /** The refresh token it came with; revoking one kills the other. */
  grant?: string;
  expires: number;
}

export interface OAuthData {
  /** The private key that signs id tokens. */
  key: JWK;
  clients: Record<string, Client>;
  serviceAccounts: Record<string, ServiceAccount>;
  codes: Record<string, Code>;
  grants: Record<string, Grant>;
  access: Record<string, Access>;
  /** What a person has allowed a client, as "person client" to scopes. */
  consents: Record<string, string[]>;
}
