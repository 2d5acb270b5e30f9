/**
 * How a gateway is addressed, by its mode (catalogue A3.2.6): where requests to it go, and as whom we speak there. *NNI*: a
 * peer, known by its address. *UNI*: we are its subscriber, by the user name that it gave us. *IMS*: the same at an IMS core,
 * whose domain is a name that need not lead anywhere; calls and registrations go through its proxies.
 */
import type { GatewaySettings } from '@ledgerline/core/network/settings.ts'
import { hostAndPort, type Names } from './names.ts'

/** A request to a gateway: its URI, and where it really goes. */
export interface Route {
  uri: string
  /** As a SIP URI; null: not known yet, so to where its URI says. */
  proxy: string | null
}

/** Who we are at a gateway. */
export interface Subscriber {
  /** The address of record: `sip:user@domain`. */
  aor: string
  /** Its user part. */
  user: string
  domain: string
}

type Addressed = Pick<
  GatewaySettings,
  | 'mode'
  | 'address'
  | 'port'
  | 'transport'
  | 'user'
  | 'homeUser'
  | 'homeDomain'
  | 'outboundProxy'
  | 'registerProxy'
  | 'srv'
>

const escaped = (user: string): string => encodeURIComponent(user).replace(/%2B/gi, '+')

/** The domain in which numbers stand at this gateway. `homeDomain` is a matter of IMS alone. */
function domainOf({ mode, address, homeDomain }: Addressed): string {
  return mode === 'ims' ? (homeDomain ?? address) : address
}

/** Who we are there; null: there we are nobody (NNI), or nothing says who. */
export function subscriberAt(gateway: Addressed): Subscriber | null {
  const { mode, homeUser } = gateway
  const name = mode === 'nni' ? null : mode === 'ims' ? (homeUser ?? gateway.user) : gateway.user
  if (!name) return null
  // An IMS account is often written with its domain.
  const [user, own] = name.split('@') as [string, string?]
  const domain = mode === 'ims' ? (gateway.homeDomain ?? own ?? gateway.address) : domainOf(gateway)
  return { aor: `sip:${escaped(user)}@${domain}`, user, domain }
}

/** Where calls to a number go, one after the other; one at least. */
function callRoutes(gateway: Addressed, number: string, names: Names): Route[] {
  const { address, port, transport, mode } = gateway
  const host = mode === 'ims' ? domainOf(gateway) : `${address}:${port}`
  return routes(gateway, `sip:${escaped(number)}@${host};transport=${transport}`, gateway.outboundProxy, names)
}

/** A call to an outside number by a gateway: where to, as whom, and with which proof if it is asked for. */
export function trunkDestinations(
  gateway: Addressed & Pick<GatewaySettings, 'secret'>,
  number: string,
  callerId: string | null,
  names: Names,
): { uri: string; proxy?: string; auth?: { username: string; password: string }; headers: Record<string, string> }[] {
  const { mode, user, secret } = gateway
  const [us, domain] = [subscriberAt(gateway), domainOf(gateway)]
  // An IMS core, and most registrars, know their subscribers by From; whom the other side sees stands beside it.
  const from = us && (mode === 'ims' || callerId === null) ? us.user : (callerId ?? 'anonymous')
  const headers = {
    From: `<sip:${escaped(from)}@${domain}>`,
    ...(callerId !== null && { 'P-Asserted-Identity': `<sip:${escaped(callerId)}@${domain}>` }),
  }
  const auth = user !== null && secret !== null ? { username: user, password: secret } : null
  return callRoutes(gateway, number, names).map(({ uri, proxy }) => ({
    uri,
    headers,
    ...(auth && { auth }),
    ...(proxy !== null && { proxy }),
  }))
}

/** Where our registrations go: the domain as the registrar, by the proxy that is for them. */
export function registerRoute(gateway: Addressed, names: Names): Route {
  const { registerProxy, outboundProxy, mode } = gateway
  const domain = subscriberAt(gateway)?.domain ?? domainOf(gateway)
  const by = registerProxy ?? (mode === 'ims' ? outboundProxy : null)
  return routes(gateway, `sip:${domain}`, by, names)[0]!
}

/** Where it is asked whether it is there. */
export function pingRoute(gateway: Addressed, names: Names): Route {
  const { address, port, transport, mode, outboundProxy, registerProxy } = gateway
  const host = mode === 'ims' ? domainOf(gateway) : `${address}:${port}`
  const by = outboundProxy ?? (mode === 'ims' ? registerProxy : null)
  return routes(gateway, `sip:${host};transport=${transport}`, by, names)[0]!
}

function routes(gateway: Addressed, uri: string, proxy: string | null, names: Names): Route[] {
  const { address, port, transport, srv } = gateway
  const asked = proxy === null ? null : hostAndPort(proxy)
  const [host, named] = asked ? [asked.host, asked.port] : [address, srv && port === 5060 ? null : port]
  const hops = names.hopsOf(host, named, srv ? transport : null)
  if (hops.length > 0)
    return hops.map((hop) => ({
      uri,
      proxy: `sip:${hop.address.includes(':') ? `[${hop.address}]` : hop.address}:${hop.port};transport=${transport}`,
    }))
  // Not looked up yet: the SIP server finds it by itself.
  return [{ uri, proxy: asked ? `sip:${host}${named === null ? '' : `:${named}`};transport=${transport}` : null }]
}

/** The addresses from which its calls come: its own, its proxies', and those that were allowed besides. */
export function callersOf(gateway: Addressed & Pick<GatewaySettings, 'allowed'>, names: Names): string[] {
  const { address, transport, srv, outboundProxy, registerProxy, allowed, port } = gateway
  const proxies = [outboundProxy, registerProxy].flatMap((proxy) => (proxy && hostAndPort(proxy)) || [])
  const hosts = [{ host: address, port: srv && port === 5060 ? null : port }, ...proxies]
  return [
    ...hosts.flatMap((each) => names.hopsOf(each.host, each.port, srv ? transport : null)).map((hop) => hop.address),
    // A network is no name.
    ...allowed.flatMap((text) => (text.includes('/') ? [text] : names.addressesOf(text.trim()))),
  ]
}
