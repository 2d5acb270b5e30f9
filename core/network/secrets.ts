/**
 * Passwords in a configuration. They are never handed out, so anyone who reads the configuration and sends it back cannot
 * send them: a password that is left out or null stays as it is, and an empty text removes it.
 */
import type { NetworkSettings } from './settings.ts'

/** The same network, with the passwords in force where none is given. What is new, or has a new number or code, has none. */
export function withKnownSecrets(wanted: NetworkSettings, inForce: NetworkSettings): NetworkSettings {
  const ofExtension = new Map(inForce.extensions.map(({ number, secret }) => [number, secret]))
  const ofGateway = new Map(inForce.gateways.map(({ code, secret }) => [code, secret]))
  return {
    ...wanted,
    extensions: wanted.extensions.map((extension) => ({
      ...extension,
      secret: secretOf(extension.secret, ofExtension.get(extension.number)),
    })),
    gateways: wanted.gateways.map((gateway) => ({
      ...gateway,
      secret: secretOf(gateway.secret, ofGateway.get(gateway.code)),
    })),
  }
}

function secretOf(given: string | null, known: string | null = null): string | null {
  return given === null ? known : given === '' ? null : given
}
